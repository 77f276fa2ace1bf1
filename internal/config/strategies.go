package config

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy"
)

// strategyKeys are the keys of [strategy.X] beside the table of its sizer.
type strategyKeys struct {
	Type      string          `toml:"type"`
	Account   string          `toml:"account"`
	Symbols   []string        `toml:"symbols"`
	Interval  market.Interval `toml:"interval"`
	Weight    decimal.Decimal `toml:"weight" param:"min=0,max=1"`
	OnFailure string          `toml:"on_failure" param:"oneof=keep|flatten"`
	Risk      string          `toml:"risk"`
	Sizer     string          `toml:"sizer"`
	Params    map[string]any  `toml:"params"`
}

// member is a strategy on its way into an account.
type member struct {
	*Strategy
	account string
	path    []string
}

// strategies reads the tables [strategy.X] and puts them into their accounts.
func (b *builder) strategies() {
	list := b.section("strategy")
	if len(list) > 0 && len(b.config.Accounts) == 0 {
		b.add(list[0].path, "add a table [account.main]", "strategies need an account, and there is none")
	}
	for _, n := range list {
		b.strategy(n)
	}
	for i := range b.config.Accounts {
		b.fill(&b.config.Accounts[i])
	}
}

// strategy reads one table.
func (b *builder) strategy(n named) {
	keys := strategyKeys{Type: n.name, Weight: decimal.New(1, 0), OnFailure: keep}
	if len(b.config.Accounts) == 1 {
		keys.Account = b.config.Accounts[0].Name
	}
	name := sizerName(n.table)
	own, rest := split(n.table, name)
	b.decode(&keys, rest, n.path)
	b.checkStrategy(&keys, n.path)
	s := &Strategy{Name: n.name, Type: keys.Type, Symbols: keys.Symbols, Interval: keys.Interval, Weight: keys.Weight, OnFailure: keys.OnFailure}
	if name != "" {
		s.Sizer = b.sizer(n, name, own[name])
	}
	if keys.Risk != "" {
		s.Risk = &Chain{Name: keys.Risk} // stands for the account's own
	}
	b.params(s, keys.Params, n.path)
	b.members = append(b.members, member{s, keys.Account, n.path})
}

// sizerName returns the name of a strategy's own sizer, which is that of its table too.
func sizerName(table map[string]any) string {
	name, _ := table["sizer"].(string)
	if l, ok := table["sizer"].(literal); ok {
		name = l.text()
	}
	for _, f := range fields(reflect.TypeFor[strategyKeys]()) {
		if f.key == name {
			return ""
		}
	}
	return name
}

func (b *builder) params(s *Strategy, table map[string]any, path []string) {
	name := func(p strategy.Plugin) string { return p.Name }
	plugin, ok := find(b.Strategies, name, s.Type)
	if !ok {
		b.unknownType("strategy", s.Type, names(b.Strategies, name), path)
		return
	}
	s.Value = plugin.New()
	b.decode(s.Value, table, child(path, "params"))
}

// checkStrategy checks what needs no other table, and that the tables exist which the
// keys name.
func (b *builder) checkStrategy(k *strategyKeys, path []string) {
	accounts := names(b.config.Accounts, func(a Account) string { return a.Name })
	switch {
	case k.Account == "" && len(accounts) > 1:
		b.add(path, `write account = "NAME": `+strings.Join(accounts, ", "), "[%s] must say on which account it trades", dotted(path))
	case k.Account != "" && len(accounts) > 0 && !slices.Contains(accounts, k.Account):
		b.addAt(child(path, "account"), true, known("accounts", k.Account, accounts), "there is no [account.%s]", k.Account)
	}
	chains := names(b.risks, func(n named) string { return n.name })
	if k.Risk != "" && !slices.Contains(chains, k.Risk) {
		b.addAt(child(path, "risk"), true, known("tables of risk", k.Risk, chains), "there is no [risk.%s]", k.Risk)
	}
	if k.Interval == 0 && !b.has(child(path, "interval")) {
		b.add(path, `write interval = "1h"`, "[%s] has no interval", dotted(path))
	}
	if k.Weight.IsZero() {
		b.addAt(child(path, "weight"), true, "remove the table to switch the strategy off", "weight must be above 0")
	}
	b.symbols(k.Symbols, child(path, "symbols"))
}

// has reports whether a key is written anywhere.
func (b *builder) has(path []string) bool {
	_, ok := b.places.find(path)
	return ok
}

// failed reports whether a key or what is in it has a fault already.
func (b *builder) failed(path []string) bool {
	where, _ := b.where(path, true)
	inner, _ := b.where(child(path, element(0)), true)
	return b.has(path) && slices.ContainsFunc(b.list, func(f fault) bool { return f.err.Where == where || f.err.Where == inner })
}

func (b *builder) symbols(list []string, path []string) {
	if len(list) == 0 && !b.failed(path) {
		b.add(path, `write symbols = ["BTCUSDT"]`, "[%s] has no symbols", dotted(path[:len(path)-1]))
	}
	for i, s := range list {
		at := child(path, element(i))
		switch {
		case slices.Contains(list[:i], s):
			b.add(at, "", "symbol %q stands twice", s)
		case s == "" || len(s) > 64 || strings.ContainsAny(s, " /\\\t\r\n\x00"):
			b.add(at, "write it as the venue does: BTCUSDT", "%q is not a symbol", s)
		}
	}
}

// fill puts the strategies of an account into it, each chain of rules made once.
func (b *builder) fill(a *Account) {
	chains := map[string]*Chain{}
	one, total, parts := decimal.New(1, 0), decimal.Zero, []string(nil)
	for _, m := range b.members {
		if m.account != a.Name {
			continue
		}
		if m.Risk != nil {
			m.Risk = b.shared(chains, m.Risk.Name)
		}
		if m.Sizer == nil && m.Risk != nil {
			m.Sizer = m.Risk.Sizer
		}
		a.Strategies = append(a.Strategies, m.Strategy)
		if m.Weight.GreaterThan(one) {
			continue
		}
		total, parts = total.Add(m.Weight), append(parts, fmt.Sprintf("%s %s", m.Name, m.Weight))
		if total.GreaterThan(one) {
			b.addAt(child(m.path, "weight"), true, "lower them to 1 in total: "+strings.Join(parts, ", "),
				"the weights of the strategies on account %s add up to %s", a.Name, total)
			total = decimal.Zero
		}
	}
}

// shared returns the account's own values of a chain. Its faults are known already.
func (b *builder) shared(chains map[string]*Chain, name string) *Chain {
	i := slices.IndexFunc(b.risks, func(n named) bool { return n.name == name })
	if i >= 0 && chains[name] == nil {
		quiet := *b
		quiet.faults = &faults{name: b.name, places: b.places}
		chains[name] = quiet.chain(b.risks[i])
	}
	return chains[name]
}
