package indicator_test

// bands returns what draws a channel around prices.
func bands() []subject { return nil }
