package control

import (
	"context"
	"errors"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/signalman-trading/signalman/live"
)

func typeOf[T any]() reflect.Type { return reflect.TypeFor[T]() }

// Status is where a session stands.
type Status struct {
	Facts
	UptimeSeconds int64    `json:"uptime_seconds" doc:"of this process"`
	Ready         bool     `json:"ready" doc:"it trades"`
	Waits         []string `json:"waits" nullable:"false" doc:"why it is not ready"`
	live.AccountState
	Positions  int                  `json:"positions" doc:"open ones"`
	Orders     int                  `json:"orders" doc:"working ones"`
	Halts      []live.HaltState     `json:"halts" nullable:"false" doc:"that stand, oldest first"`
	Strategies []live.StrategyState `json:"strategies" nullable:"false" doc:"by name"`
}

// Positions are what is held.
type Positions struct {
	Positions []live.PositionState `json:"positions" nullable:"false" doc:"by strategy, then instrument"`
}

// Orders are the orders of a session.
type Orders struct {
	Orders  []live.OrderState `json:"orders" nullable:"false" doc:"in order of decision"`
	LeftOut int               `json:"left_out" doc:"older ones than these"`
}

// Strategies are those of a session.
type Strategies struct {
	Strategies []live.StrategyState `json:"strategies" nullable:"false" doc:"by name"`
}

// Halts are what stops new risk.
type Halts struct {
	Halts []live.HaltState `json:"halts" nullable:"false" doc:"that stand, oldest first"`
}

// none is a request without anything to say.
type none struct{}

// ordersWanted is a request for orders.
type ordersWanted struct {
	All   bool `query:"all" doc:"also those that have ended"`
	Limit int  `query:"limit" doc:"the newest so many" minimum:"1" maximum:"1000" default:"1000"`
}

// maxOrders is how many orders are shown at most.
const maxOrders = 1000

func (s *Server) views(a huma.API) {
	get(a, "/v1/status", "status", "Where the session stands", "Mode, venue, money, halts and strategies.", s.status)
	get(a, "/v1/positions", "positions", "What is held", "Open positions of each strategy.", func(ctx context.Context, _ *none) (Positions, error) {
		seen, err := s.working.get(ctx)
		if err != nil {
			return Positions{}, err
		}
		return Positions{list(seen.Positions)}, nil
	})
	get(a, "/v1/orders", "orders", "Orders that work", "With all=1 also those that have ended.", s.orders)
	get(a, "/v1/strategies", "strategies", "The strategies", "Their money, and whether they run.", func(ctx context.Context, _ *none) (Strategies, error) {
		seen, err := s.working.get(ctx)
		if err != nil {
			return Strategies{}, err
		}
		return Strategies{list(seen.Strategies)}, nil
	})
	get(a, "/v1/halts", "halts", "What stops new risk", "Halts that stand, with who made them and why.", func(ctx context.Context, _ *none) (Halts, error) {
		seen, err := s.working.get(ctx)
		if err != nil {
			return Halts{}, err
		}
		return Halts{list(seen.Halts)}, nil
	})
}

func (s *Server) status(ctx context.Context, _ *none) (Status, error) {
	w, err := s.working.view(ctx)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		w = &view{seen: &live.Snapshot{}, waits: []string{"it does not answer: it feeds its journal again, connects to the venue, or is busy"}}
	case err != nil:
		return Status{}, err
	case s.Waits == nil && w.seen.Account.Time == 0:
		w = &view{seen: w.seen, waits: []string{"there was no instant yet"}}
	}
	seen := w.seen
	st := Status{
		Facts: s.Facts, UptimeSeconds: int64(time.Since(s.Facts.Started) / time.Second), AccountState: seen.Account,
		Positions: len(seen.Positions), Orders: len(seen.Orders), Halts: list(seen.Halts), Strategies: list(seen.Strategies),
	}
	st.Facts.Started = st.Facts.Started.UTC().Truncate(time.Second)
	st.Ready, st.Waits = len(w.waits) == 0, list(w.waits)
	return st, nil
}

func (s *Server) orders(ctx context.Context, in *ordersWanted) (Orders, error) {
	from := &s.working
	if in.All {
		from = &s.all
	}
	seen, err := from.get(ctx)
	if err != nil {
		return Orders{}, err
	}
	skip := max(0, len(seen.Orders)-in.Limit)
	return Orders{list(seen.Orders[skip:]), seen.LeftOut + skip}, nil
}

// list returns what JSON writes as a list, also where there is nothing.
func list[T any](l []T) []T {
	if l == nil {
		return []T{}
	}
	return l
}
