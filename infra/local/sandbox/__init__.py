"""A stand-in for the three WeChat hosts on one base URL, with controls to act as customers and staff.

It is written from the published rules alone and shares no code with siyu, so that an error in one
is caught by the other. Nothing here leaves the machine.
"""
