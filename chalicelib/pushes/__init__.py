"""Messages to an audience over WeChat's media (群发): at most once each, never too many, never at night."""
