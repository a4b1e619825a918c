"""Judges of tasks whose right output is not unique: each a function of (call, arguments) that names what is wrong.

judges        one function a task; a visible check names it, so that students' copies have it too
handed        what a student's function hands over: finite numbers of the right shape, or nothing counts
chance        how improbable a sample is under an exact law, at a stated false-alarm rate
trajectories  whether sampled trajectories follow the process
experiments   how large an experiment is, and what it says
slopes        how far a finite difference is from the slope, at every δ
searches      whether a search keeps its elite and fits it
loops         whether a training loop does as its simulator says
breeding      from whom the children of a genetic step come, and how they are changed
baselines     the exact mean of one training step under each kind of baseline
budgets       how often a step size and a batch size reach a bar with the same budget
repairs       which faults are left in a repaired training loop
group_noise   when leave-one-out is noisier than no baseline
wrong_way     how often a step lowers the utility, and where it does so more often than not
"""
