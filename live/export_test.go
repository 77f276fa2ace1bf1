package live

import "github.com/signalman-trading/signalman/engine"

// SnapshotOf is what Control.Snapshot takes.
func SnapshotOf(e *engine.Engine, all int) *Snapshot {
	s := &Snapshot{}
	s.take(e, all)
	return s
}
