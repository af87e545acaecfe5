"""Small fine-tuning programs that today's libraries refuse, and what foundry makes of them."""
