"""Who climbs: optimisers without gradients and with them, and what they reach.

search            genetic algorithm, pattern search, cross-entropy: zeroth order
ascent            gradient ascent, with the exact gradient or an estimate of it: first order
runs              many runs of the policy-gradient loop side by side
race              all methods on one axis of simulator steps
traps             two traps of population methods: a covariance that collapses, an elite chosen on noise
regulator_plane   the plane of two parameters in which lectures 2 and 3 search and climb
regulator_runs    the lecture's closing picture: three estimators climb in that plane
natural           the natural gradient on a bandit
left_right        many runs on the L/R exercise, and where they get stuck
cartpole          the same loop on CartPole
cartpole_clipped  the same with generalised advantages and clipped steps
"""
