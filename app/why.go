package app

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/shopspring/decimal"
	"github.com/spf13/cobra"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/store"
)

// whySchema names the published form of what the command why prints.
const whySchema = "signalman.why/1"

// why is everything that a source knows of one order.
type why struct {
	Schema    string                  `json:"schema"`
	Source    string                  `json:"source"` // the file it was read from
	Order     whyOrder                `json:"order"`
	Inputs    []whyInput              `json:"inputs"` // signal rows that the strategy read in the instant
	Checks    []whyCheck              `json:"checks"` // the sizer and the rules that looked at it, in order
	Refused   *market.Refusal         `json:"refused,omitempty"`
	Events    []whyEvent              `json:"events"`
	Linked    []whyLink               `json:"linked"`
	Trades    []backtest.TradeLine    `json:"trades"`         // in which it filled; a journal has none
	Positions []backtest.PositionLine `json:"open_positions"` // in which it filled; a journal has none

	trades bool // the source has trades
}

// whyOrder is an order as it was decided, and where it stands.
type whyOrder struct {
	ID         string          `json:"id"`
	Time       market.Time     `json:"time"` // of the decision
	Symbol     string          `json:"symbol"`
	Side       string          `json:"side"`
	Type       string          `json:"type"`
	Quantity   decimal.Decimal `json:"quantity,omitzero"`
	Quote      decimal.Decimal `json:"quote,omitzero"`
	Price      decimal.Decimal `json:"price,omitzero"`
	Stop       decimal.Decimal `json:"stop,omitzero"`
	Trail      string          `json:"trail,omitempty"`   // of a trailing stop: "5 price", "5 percent", "50 bps"
	Activate   decimal.Decimal `json:"activate,omitzero"` // of a trailing stop
	TIF        string          `json:"tif,omitempty"`     // where it is not gtc
	Expire     market.Time     `json:"expire,omitzero"`   // of gtd
	PostOnly   bool            `json:"post_only,omitempty"`
	ReduceOnly bool            `json:"reduce_only,omitempty"`
	Reason     string          `json:"reason"`         // what it was made for
	Rule       string          `json:"rule,omitempty"` // that made it; a journal does not say
	Parent     string          `json:"parent,omitempty"`
	Group      string          `json:"group,omitempty"`
	Profile    string          `json:"profile,omitempty"`
	Replaces   string          `json:"replaces,omitempty"`
	Status     string          `json:"status"`
	Ended      string          `json:"ended,omitempty"` // how, where it did not fill
}

// whyInput is a signal row with its age at the decision.
type whyInput struct {
	market.SignalRef
	Age market.Duration `json:"age"`
}

// whyCheck is a check with what came of it: passed, cut or refused.
type whyCheck struct {
	market.Check
	Outcome string `json:"outcome"`
}

// whyEvent is something that happened to an order at the venue, or was asked of it.
type whyEvent struct {
	Time   market.Time        `json:"time,omitzero"` // when it became known; a result does not say
	What   string             `json:"what"`
	Reason string             `json:"reason,omitempty"`
	Fill   *backtest.FillLine `json:"fill,omitempty"`
}

// whyLink is another order that this one belongs to.
type whyLink struct {
	Relation string `json:"relation"`
	ID       string `json:"id"`
	Side     string `json:"side"`
	Type     string `json:"type"`
	Status   string `json:"status"`
}

func (c *command) whyCommand() *cobra.Command {
	var result, journal string
	cmd := &cobra.Command{
		Use:   "why ORDER",
		Short: "say why an order was made, and what came of it",
		Long: `Prints the order, the signals that its strategy had read, the sizer and the rules that
looked at it with what they measured and their limits, what the venue did with it, and
the trade that it was part of. An order is named STRATEGY/NUMBER, as run prints it with
each decision, and a report with the refused ones; a result.json lists all.

It reads the journal of the newest session in the data directory, another journal, or
the result of a backtest. A journal has every update with the time at which it was known;
a result has the trades.`,
		Example: `  signalman why btc_trend/2                                  in the newest session
  signalman backtest --out results
  signalman why btc_trend/2 --result results
  signalman why news/17 --journal old.journal --format json`,
		Args: exact(1, "one order: STRATEGY/NUMBER"),
		RunE: func(_ *cobra.Command, args []string) error {
			id, err := market.ParseOrderID(args[0])
			if err != nil {
				return usageError("as in btc_trend/2", "%w", err)
			}
			w, err := c.explain(id, result, journal)
			if err != nil {
				return err
			}
			if c.format == "json" {
				return c.json(w)
			}
			return w.print(c.out)
		},
	}
	cmd.Flags().StringVar(&result, "result", "", "result of a backtest: the directory of --out, or a file with what --format json prints")
	cmd.Flags().StringVar(&journal, "journal", "", "journal of a session (default: the newest in the data directory)")
	return cmd
}

// explain asks a source for an order.
func (c *command) explain(id market.OrderID, result, journal string) (*why, error) {
	if result != "" && journal != "" {
		return nil, usageError("", "--result and --journal are two sources: name one")
	}
	if result != "" {
		return whyOfResult(result, id)
	}
	if journal == "" {
		newest, err := c.newestJournal("name another session with --journal")
		if err != nil {
			return nil, err
		}
		journal = newest
	}
	return c.whyOfJournal(journal, id)
}

// newestJournal returns the journal of the session that began last. One that cannot be
// read and is newer by its name is an error, which says how to name another: the order may be
// in it.
func (c *command) newestJournal(other string) (string, error) {
	dir, err := c.dir()
	if err != nil {
		return "", err
	}
	dir = filepath.Join(dir, "sessions")
	list, err := store.Sessions(dir)
	if err != nil {
		return "", err
	}
	if len(list) == 0 {
		return "", &market.Error{
			Class: market.Usage, Where: dir, Err: errors.New("there is no session"),
			Hint: "'signalman run' makes one; --result FILE reads the result of a backtest",
		}
	}
	newest := list[len(list)-1]
	for _, s := range list {
		if s.Err != nil && (newest.Err != nil || s.Path > newest.Path) {
			return "", alsoHinted(s.Err, other)
		}
	}
	return newest.Path, nil
}

// made counts the orders of each strategy in a source.
type made map[string]uint32

func (m made) add(id market.OrderID) { m[id.Strategy] = max(m[id.Strategy], id.Sequence) }

// unknown says that a source has no such order, and which it has.
func (m made) unknown(where string, id market.OrderID) error {
	e := &market.Error{Class: market.Usage, Where: where, Err: fmt.Errorf("there is no order %s", printable(id.String()))}
	if n := m[id.Strategy]; n > 0 {
		e.Hint = fmt.Sprintf("%s made 1 to %d", id.Strategy, n)
		return e
	}
	var names []string
	for name, n := range m {
		names = append(names, fmt.Sprintf("%s/1 to %d", printable(name), n))
	}
	slices.Sort(names)
	const shown = 10
	switch {
	case len(names) == 0:
		e.Hint = "no order was made"
	case len(names) > shown:
		e.Hint = fmt.Sprintf("it has %s, and those of %s", strings.Join(names[:shown], ", "), plural(len(names)-shown, "more strategy"))
	default:
		e.Hint = "it has " + strings.Join(names, ", ")
	}
	return e
}

// decided adds what an order was decided on.
func (w *why) decided(checks []market.Check, inputs []market.SignalRef, refused *market.Refusal) {
	for i, c := range checks {
		outcome := "passed"
		switch {
		case refused != nil && i == len(checks)-1 && refused.Rule == c.Rule:
			outcome = "refused"
		case c.Cut:
			outcome = "cut"
		}
		w.Checks = append(w.Checks, whyCheck{c, outcome})
	}
	for _, in := range inputs {
		w.Inputs = append(w.Inputs, whyInput{in, market.Duration(w.Order.Time - in.Effective)})
	}
	w.Refused = refused
}

// link names the orders among those of the strategy that this one belongs to.
func (w *why) link(all []whyOrder) {
	for i := range all {
		o, relation := &all[i], ""
		switch {
		case o.ID == w.Order.ID:
			continue
		case o.ID == w.Order.Parent:
			relation = "entry"
		case o.Parent == w.Order.ID:
			relation = "exit"
		case o.ID == w.Order.Replaces:
			relation = "replaces"
		case o.Replaces == w.Order.ID:
			relation = "replaced by"
		case o.Group != "" && o.Group == w.Order.Group:
			relation = "same group"
		default:
			continue
		}
		w.Linked = append(w.Linked, whyLink{relation, o.ID, o.Side, o.Type, o.Status})
	}
}

// newWhy starts the answer, with lists that are empty rather than null in JSON.
func newWhy(source string, o whyOrder) *why {
	return &why{
		Schema: whySchema, Source: source, Order: o, Inputs: []whyInput{}, Checks: []whyCheck{}, Events: []whyEvent{},
		Linked: []whyLink{}, Trades: []backtest.TradeLine{}, Positions: []backtest.PositionLine{},
	}
}
