"""Who climbs: optimisers without gradients and with them, and what they reach.

search    genetic algorithm, pattern search, cross-entropy: zeroth order
ascent    gradient ascent, with the exact gradient or an estimate of it: first order
runs      many runs of the policy-gradient loop side by side
race      all methods on one axis of simulator steps
cartpole  the same loop on CartPole
"""
