"""Every step × every fault: the real handlers, store code and adapters, a scripted world."""
