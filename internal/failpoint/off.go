//go:build !failpoints

package failpoint

// Enabled reports whether this build can be killed at a name.
const Enabled = false

// Hit does nothing in this build.
func Hit(string) {}

// Error returns nil in this build.
func Error(string) error { return nil }
