package venue

import "net/http"

// Admin returns what the venue's master may look at and change. It is to be served on a
// loopback port of its own.
func (v *Venue) Admin() http.Handler { return http.NotFoundHandler() }
