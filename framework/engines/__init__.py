"""Who answers a question of judgement: rules (expert) or a recording (replay). One small protocol for all."""
