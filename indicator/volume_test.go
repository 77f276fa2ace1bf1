package indicator_test

// volumes returns what weighs prices by volume.
func volumes() []subject { return nil }
