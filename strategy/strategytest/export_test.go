package strategytest

import "time"

// Patience sets how long a run may take.
func Patience(d time.Duration) Option { return func(s *settings) { s.patience = d } }
