"""What runs around siyu: the template, the deployment, the stack on one machine."""
