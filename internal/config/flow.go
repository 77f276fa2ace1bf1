package config

import (
	"cmp"
	"errors"
	"slices"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// Flow is one [account.X.flow.NAME]: money that moves at a time of the run.
type Flow struct {
	Name   string
	Time   market.Time
	Amount decimal.Decimal // in quote; a withdrawal is negative
	// From and To name strategies. With either of them the flow is a transfer: "" is the
	// cash that no strategy has, then. Without, it is a deposit or a withdrawal.
	From, To string
}

// Transfer reports whether the money stays within the account.
func (f *Flow) Transfer() bool { return f.From != "" || f.To != "" }

// flowKeys are the keys of a flow.
type flowKeys struct {
	Time   market.Time     `toml:"time"`
	Amount decimal.Decimal `toml:"amount"`
	From   party           `toml:"from"`
	To     party           `toml:"to"`
}

// party names a strategy: what is left out names none, and is no name to write.
type party string

// UnmarshalText refuses a name that is empty.
func (p *party) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		return errors.New("an empty name is no strategy's: leave the key out for the cash that no strategy has")
	}
	*p = party(b)
	return nil
}

// MarshalText returns the name.
func (p party) MarshalText() ([]byte, error) { return []byte(p), nil }

// flowTables are the flows of an account, by name.
type flowTables map[string]flowKeys

// flowKeys returns the tables of the account's flows.
func (a *Account) flowKeys() flowTables {
	keys := flowTables{}
	for _, f := range a.Flows {
		keys[f.Name] = flowKeys{f.Time, f.Amount, party(f.From), party(f.To)}
	}
	return keys
}

// setFlows takes the tables, ordered by time and name.
func (a *Account) setFlows(keys flowTables) {
	for name, k := range keys {
		a.Flows = append(a.Flows, Flow{name, k.Time, k.Amount, string(k.From), string(k.To)})
	}
	slices.SortFunc(a.Flows, func(x, y Flow) int { return cmp.Or(cmp.Compare(x.Time, y.Time), cmp.Compare(x.Name, y.Name)) })
}

// flows checks the flows of all accounts, whose strategies are known by now.
func (b *builder) flows() {
	for i := range b.config.Accounts {
		a := &b.config.Accounts[i]
		for k := range a.Flows {
			b.checkFlow(a, &a.Flows[k], []string{"account", a.Name, "flow", a.Flows[k].Name})
		}
		a.Flows = slices.DeleteFunc(a.Flows, func(f Flow) bool { return slices.ContainsFunc(a.Cut, func(c Flow) bool { return c.Name == f.Name }) })
	}
}

// cut reports whether the command line shortens the run so that a flow of the file is
// outside of it: one may look at a part of what a file describes.
func (b *builder) cut(a *Account, f *Flow, path []string) bool {
	set := func(path []string) bool {
		at, _ := b.places.find(path)
		return at.set != ""
	}
	account := []string{"account", a.Name}
	before := a.From != 0 && f.Time < a.From && set(child(account, "from"))
	after := a.To != 0 && f.Time > a.To && set(child(account, "to"))
	return (before || after) && !set(path)
}

func (b *builder) checkFlow(a *Account, f *Flow, path []string) {
	if !validName(f.Name) {
		b.add(path, "use 1 to 64 letters, digits, _ and -", "%q is not a name", f.Name)
	}
	switch {
	case b.faulty(child(path, "time")):
	case f.Time == 0:
		b.add(path, `write time = "2024-01-05"`, "the flow says not when it happens")
	case b.cut(a, f, child(path, "time")):
		a.Cut = append(a.Cut, *f)
	case a.From != 0 && f.Time < a.From || a.To != 0 && f.Time > a.To:
		b.addAt(child(path, "time"), true, "", "time = %s is outside the run, which from and to of the account bound", f.Time)
	}
	switch {
	case b.faulty(child(path, "amount")):
	case f.Amount.IsZero():
		b.add(path, `write amount = "500", or "-500" for a withdrawal`, "the flow moves nothing: its amount is 0")
	case f.Transfer() && f.Amount.IsNegative():
		b.addAt(child(path, "amount"), true, "swap from and to", "amount = %s of a transfer must be above 0", f.Amount)
	}
	b.checkParty(a, f.From, child(path, "from"))
	b.checkParty(a, f.To, child(path, "to"))
	if f.Transfer() && f.From == f.To {
		b.addAt(child(path, "to"), true, "", "the transfer from %s leads nowhere", f.From)
	}
}

// checkParty reports a name that no strategy of the account has.
func (b *builder) checkParty(a *Account, name string, path []string) {
	var all []string
	for _, s := range a.Strategies {
		all = append(all, s.Name)
	}
	if name != "" && !slices.Contains(all, name) {
		b.addAt(path, true, known("strategies", name, all), "account %s has no strategy %q", a.Name, name)
	}
}
