package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/market"
)

// maxResult bounds the size of a result that is read, in bytes: five years of minutes
// with the equity of each take a quarter of it.
const maxResult = 512 << 20

// resultFile is what the command why needs of a result.
type resultFile struct {
	Schema    string                  `json:"schema"`
	Trades    []backtest.TradeLine    `json:"trades"`
	Positions []backtest.PositionLine `json:"open_positions"`
	Orders    []backtest.OrderLine    `json:"orders"`
}

// whyOfResult finds an order in the result of a backtest.
func whyOfResult(path string, id market.OrderID) (*why, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, resultName)
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &market.Error{Class: market.Usage, Where: path, Err: errors.New("there is no such file"), Hint: "'signalman backtest --out DIR' writes DIR/result.json"}
	}
	if err != nil {
		return nil, &market.Error{Class: market.Failed, Err: err}
	}
	defer f.Close()
	r, err := readResult(f, maxResult)
	if err != nil {
		return nil, &market.Error{Class: market.Data, Where: path, Err: err, Hint: "'signalman backtest --out DIR' writes one"}
	}
	return r.explain(path, id)
}

// readResult reads at most so many bytes of a result, and checks what will be printed.
func readResult(in io.Reader, limit int64) (*resultFile, error) {
	b, err := io.ReadAll(io.LimitReader(in, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(b)) > limit {
		return nil, fmt.Errorf("it has more than %d MB", limit>>20)
	}
	var r resultFile
	if err := json.Unmarshal(b, &r); err != nil {
		return nil, fmt.Errorf("it is no result: %w", err)
	}
	if r.Schema != backtest.Schema {
		return nil, fmt.Errorf("its schema is %.40q, not %s", r.Schema, backtest.Schema)
	}
	return &r, r.check()
}

// check refuses ids and amounts that no run makes.
func (r *resultFile) check() error {
	for i := range r.Orders {
		o := &r.Orders[i]
		if _, err := market.ParseOrderID(o.ID); err != nil {
			return fmt.Errorf("order %d: %w", i+1, err)
		}
		if o.Time == 0 || slices.Contains([]string{o.Symbol, o.Side, o.Type, o.Status}, "") {
			return fmt.Errorf("order %d has no time, symbol, side, type or status", i+1)
		}
		amounts := []decimal.Decimal{o.Quantity, o.Quote, o.Price, o.Stop, o.Activate}
		for _, f := range o.Fills {
			amounts = append(amounts, f.Price, f.Quantity, f.Fee)
		}
		if !slices.ContainsFunc(amounts, absurd) {
			continue
		}
		return fmt.Errorf("order %d has an amount that no run makes", i+1)
	}
	for i := range r.Trades {
		t := &r.Trades[i]
		amounts := []decimal.Decimal{t.EntryPrice, t.ExitPrice, t.Quantity, t.FeesQuote, t.Funding, t.PnL}
		for _, f := range t.Fees {
			amounts = append(amounts, f.Amount)
		}
		if slices.ContainsFunc(amounts, absurd) {
			return fmt.Errorf("trade %d has an amount that no run makes", i+1)
		}
	}
	for i := range r.Positions {
		p := &r.Positions[i]
		if slices.ContainsFunc([]decimal.Decimal{p.EntryPrice, p.Quantity, p.Cost, p.Price, p.Unrealised, p.Realised}, absurd) {
			return fmt.Errorf("open position %d has an amount that no run makes", i+1)
		}
	}
	return nil
}

// absurd reports whether a number would not fit on a page: 1e9999 is short in a file,
// and a page in full.
func absurd(d decimal.Decimal) bool {
	return d.Exponent() < -100 || d.Exponent() > 100 || d.Coefficient().BitLen() > 500
}

func (r *resultFile) explain(path string, id market.OrderID) (*why, error) {
	var of []whyOrder
	var found *backtest.OrderLine
	all := made{}
	for i := range r.Orders {
		o := &r.Orders[i]
		has, err := market.ParseOrderID(o.ID)
		if err != nil {
			return nil, err // checked
		}
		all.add(has)
		if has.Strategy == id.Strategy {
			of = append(of, orderOfLine(o))
		}
		if has == id {
			found = o
		}
	}
	if found == nil {
		return nil, all.unknown(path, id)
	}
	w := newWhy(path, orderOfLine(found))
	if t := found.OrderTrace; t != nil {
		w.decided(t.Checks, t.Inputs, t.Refused)
	}
	w.link(of)
	for i := range found.Fills {
		w.Events = append(w.Events, whyEvent{What: "fill", Fill: &found.Fills[i]})
	}
	if found.Status != market.Filled.String() && w.Refused == nil {
		w.Events = append(w.Events, whyEvent{What: found.Status, Reason: w.Order.Ended})
	}
	r.addTrades(w)
	return w, nil
}

// orderOfLine takes an order out of its line in a result.
func orderOfLine(o *backtest.OrderLine) whyOrder {
	w := whyOrder{
		ID: o.ID, Time: o.Time, Symbol: o.Symbol, Side: o.Side, Type: o.Type, Quantity: o.Quantity, Quote: o.Quote,
		Price: o.Price, Stop: o.Stop, Trail: o.Trail, Activate: o.Activate, TIF: o.TIF, Expire: o.Expire, PostOnly: o.PostOnly, ReduceOnly: o.ReduceOnly, Reason: o.Reason, Status: o.Status,
	}
	switch o.Status {
	case market.Cancelled.String(), market.Expired.String(), market.Rejected.String(), market.Refused.String():
		w.Reason, w.Ended = "", o.Reason
	}
	if t := o.OrderTrace; t != nil {
		w.Rule, w.Parent, w.Group, w.Profile, w.Replaces = t.Rule, t.Parent, t.Group, t.Profile, t.Replaces
		if t.Intent != "" {
			w.Reason = t.Intent
		}
	}
	return w
}

// addTrades adds the trades and the positions in which the order filled.
func (r *resultFile) addTrades(w *why) {
	w.trades = true
	for _, t := range r.Trades {
		if slices.Contains(t.EntryOrders, w.Order.ID) || slices.Contains(t.ExitOrders, w.Order.ID) {
			w.Trades = append(w.Trades, t)
		}
	}
	for _, p := range r.Positions {
		if slices.Contains(p.EntryOrders, w.Order.ID) || slices.Contains(p.ExitOrders, w.Order.ID) {
			w.Positions = append(w.Positions, p)
		}
	}
}
