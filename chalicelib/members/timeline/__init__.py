"""Timelines (时间线): what members did, dated."""
