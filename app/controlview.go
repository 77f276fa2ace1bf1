package app

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/shopspring/decimal"
	"github.com/spf13/cobra"

	"github.com/signalman-trading/signalman/live"
	"github.com/signalman-trading/signalman/live/control"
)

func (c *command) viewCommands() []*cobra.Command {
	orders := c.ordersCommand()
	return []*cobra.Command{
		c.reaching("status", "where a session at work stands", "Shows where a session at work stands: mode and venue, money, halts, strategies.",
			"  signalman status\n  signalman status --data /srv/trader --format json\n  signalman status --address 127.0.0.1:8640 --token-file token",
			viewing("/v1/status", c.showStatus)),
		c.reaching("positions", "what a session holds", "Shows what each strategy of a session at work holds, and what that is worth.",
			"  signalman positions", viewing("/v1/positions", func(p control.Positions) { c.showPositions(p.Positions) })),
		orders,
		c.reaching("strategies", "the strategies of a session", "Shows the strategies of a session at work: running, halted (they may only reduce risk) or\nstopped (by an error).",
			"  signalman strategies", viewing("/v1/strategies", func(s control.Strategies) { c.showStrategies(s.Strategies) })),
		c.reaching("halts", "what stops new risk of a session", "Shows the halts that stand: which rule, since when, why, and who made them.",
			"  signalman halts", viewing("/v1/halts", func(h control.Halts) { c.showHalts(h.Halts) })),
	}
}

// viewing asks for a view.
func viewing[V any](path string, text func(V)) func(*cobra.Command, *reach, []string) error {
	return func(cmd *cobra.Command, r *reach, _ []string) error {
		client, _, err := r.open(cmd)
		if err != nil {
			return err
		}
		return show(r.command, client, cmd.Context(), path, text)
	}
}

func (c *command) ordersCommand() *cobra.Command {
	var all bool
	var limit int
	cmd := c.reaching("orders", "orders of a session", "Shows the orders of a session at work that have not ended, or all of them, newest last.",
		"  signalman orders\n  signalman orders --all --limit 20",
		func(cmd *cobra.Command, r *reach, args []string) error {
			return viewing(fmt.Sprintf("/v1/orders?all=%t&limit=%d", all, limit), c.showOrders)(cmd, r, args)
		})
	cmd.Flags().BoolVar(&all, "all", false, "also those that have ended")
	cmd.Flags().IntVar(&limit, "limit", 1000, "the newest so many, at most 1000")
	return cmd
}

// table prints rows of cells.
func (c *command) table(header string, rows [][]string) {
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, strings.ReplaceAll(header, " ", "\t"))
	for _, r := range rows {
		fmt.Fprintln(w, strings.Join(r, "\t"))
	}
	w.Flush()
}

func (c *command) showStatus(s control.Status) {
	state := "trading"
	switch account := func(h live.HaltState) bool { return h.Scope == "account" && h.On() == "" }; {
	case !s.Ready && partly(&s):
		state = "trading, but " + strings.Join(s.Waits, "; ")
	case !s.Ready:
		state = "not trading: " + strings.Join(s.Waits, "; ")
	case slices.ContainsFunc(s.Halts, account):
		state = "halted, it may only reduce risk"
	}
	fmt.Fprintf(c.out, "account %s, mode %s, at %s: %s\n", s.Account, s.Mode, s.Venue, state)
	if s.Time > 0 {
		fmt.Fprintf(c.out, "time         %s\n", s.Time)
	}
	fmt.Fprintf(c.out, "equity       %s %s\ncash         %s, unallocated %s\n", short(s.Equity), s.Quote, short(s.Cash), short(s.Unallocated))
	fmt.Fprintf(c.out, "positions    %d, working orders %d\n", s.Positions, s.Orders)
	fmt.Fprintf(c.out, "session      %s, up %s, journal %s\n\n", s.Session[:min(8, len(s.Session))], time.Duration(s.UptimeSeconds)*time.Second, s.Journal)
	c.showStrategies(s.Strategies)
	if len(s.Halts) > 0 {
		fmt.Fprintln(c.out)
		c.showHalts(s.Halts)
	}
}

// partly reports whether a session is not ready for nothing but strategies that are halted or
// stopped, while another one trades.
func partly(s *control.Status) bool {
	own, trades := 0, false
	for i := range s.Halts {
		switch h := &s.Halts[i]; {
		case h.On() != "": // of a part, for which nobody waits
		case h.Scope == "account":
			return false
		default:
			own++
		}
	}
	for i := range s.Strategies {
		if s.Strategies[i].Fault != "" {
			own++
		}
		trades = trades || s.Strategies[i].State == "running"
	}
	return trades && len(s.Waits) == own
}

// short writes money for people.
func short(d decimal.Decimal) string { return d.StringFixed(2) }

func (c *command) showStrategies(list []live.StrategyState) {
	var rows [][]string
	for _, s := range list {
		state := s.State
		if s.Fault != "" {
			state += ": " + s.Fault
		}
		rows = append(rows, []string{s.Name, strings.Join(s.Symbols, ","), short(s.Equity), short(s.Cash), fmt.Sprint(s.Positions), fmt.Sprint(s.Orders), state})
	}
	c.table("STRATEGY SYMBOLS EQUITY CASH POSITIONS ORDERS STATE", rows)
}

func (c *command) showPositions(list []live.PositionState) {
	if len(list) == 0 {
		fmt.Fprintln(c.out, "nothing is held")
		return
	}
	var rows [][]string
	for _, p := range list {
		note := ""
		if p.Unsellable {
			note = "too small to sell"
		}
		rows = append(rows, []string{p.Strategy, p.Symbol, p.Side, p.Quantity.String(), p.Price.String(), short(p.Value), short(p.Cost), short(p.Unrealised), p.Since.String(), note})
	}
	c.table("STRATEGY SYMBOL SIDE QUANTITY PRICE VALUE COST UNREALISED SINCE ", rows)
}

func (c *command) showOrders(o control.Orders) {
	if o.LeftOut > 0 {
		fmt.Fprintf(c.out, "%s before these\n", plural(o.LeftOut, "order"))
	}
	if len(o.Orders) == 0 {
		fmt.Fprintln(c.out, "no orders")
		return
	}
	var rows [][]string
	for _, x := range o.Orders {
		why := x.Reason
		if x.End != "" {
			why = x.End
		}
		rows = append(rows, []string{x.ID, x.Time.String(), x.Symbol, x.Side, x.Type, askedFor(&x), triggers(x.Stop, x.Price), x.Filled.String(), x.State, why})
	}
	c.table("ORDER DECIDED SYMBOL SIDE TYPE QUANTITY AT FILLED STATE REASON", rows)
}

// askedFor says how much an order asks for.
func askedFor(o *live.OrderState) string {
	if o.Quote.IsPositive() {
		return "for " + short(o.Quote)
	}
	return o.Quantity.String()
}

// triggers says which prices an order waits for.
func triggers(stop, limit decimal.Decimal) string {
	var parts []string
	if !stop.IsZero() {
		parts = append(parts, "stop "+stop.String())
	}
	if !limit.IsZero() {
		parts = append(parts, limit.String())
	}
	return strings.Join(parts, ", ")
}

func (c *command) showHalts(list []live.HaltState) {
	if len(list) == 0 {
		fmt.Fprintln(c.out, "no halt: new risk is allowed")
		return
	}
	for _, h := range list {
		how := ""
		if h.Action != "reduce_only" {
			how = ", " + h.Action
		}
		if end := h.Until.String(); h.Until > 0 && !strings.Contains(h.Text, end) {
			how += ", until " + end
		}
		fmt.Fprintf(c.out, "%s  %s%s halted by %s (%s%s): %s\n", h.Since, h.Scope, h.On(), h.Rule, h.By, how, h.Text)
	}
}
