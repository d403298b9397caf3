"""Participants (参与者): who takes part, once, whatever profiles they had."""
