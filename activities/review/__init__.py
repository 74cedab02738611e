"""People above the rules: the review queue, questions to citizens, appeals, and how often each rule was wrong."""
