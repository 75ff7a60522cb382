package main

// ownedByUs: Windows grants rights by folder; nothing is left that the service could not open.
func ownedByUs(string) error { return nil }
