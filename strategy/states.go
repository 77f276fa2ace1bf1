package strategy

import "github.com/signalman-trading/signalman/market"

// States holds what a strategy knows of each of its instruments, one T each, made when it
// is first asked for. The zero value is ready. It looks up by index, so that it may be
// asked once a bar.
type States[T any] struct{ list []*T }

// Of returns the state of an instrument, which make makes the first time. The pointer stays
// the same for the whole run.
func (s *States[T]) Of(i market.InstrumentID, make func() *T) *T {
	for int(i) >= len(s.list) {
		s.list = append(s.list, nil)
	}
	if s.list[i] == nil {
		s.list[i] = make()
	}
	return s.list[i]
}
