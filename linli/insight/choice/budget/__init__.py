"""
Budgets decided by residents: which projects win, and why.

One door, `decide`; `linli.insight.choice.pabulib` reads elections from files, `explain.as_data` says the result for machines.
"""

from linli.insight.choice.budget.decide import RULES, Outcome, Rule, decide
from linli.insight.choice.budget.election import USUAL, Ballot, BudgetProblem, Election, Project, Satisfaction, VoteType

__all__ = ["RULES", "USUAL", "Ballot", "BudgetProblem", "Election", "Outcome", "Project", "Rule", "Satisfaction", "VoteType", "decide"]
