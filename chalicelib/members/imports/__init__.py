"""Imports (会员导入): existing members, brought in from a file."""
