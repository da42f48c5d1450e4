"""Business actions of the loans app: the only writers of decisions, loans and repayments."""
