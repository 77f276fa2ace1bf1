package app

import "context"

// fetchArchive fetches from the files that the venue publishes, or from a directory of
// them.
func (c *command) fetchArchive(context.Context, *fetchPlan) error {
	return usageError("leave --archive out", "no archive can be read yet")
}
