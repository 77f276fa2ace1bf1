package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/internal/config"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/store"
)

// setupSchema names the form of what a session's journal begins with, and setupScope the
// record that holds it.
const setupSchema, setupScope = "signalman.session/1", "session"

// sessionSetup is what a session was set up with: all that it takes to run its journal
// again, without its history, its venue or its configuration file. It holds no key, and not
// where one lies.
type sessionSetup struct {
	Schema      string              `json:"schema"`
	Account     string              `json:"account"`
	Mode        string              `json:"mode"`
	Venue       string              `json:"venue"`            // what the venue says of itself, or the hash of the history
	Opening     market.Time         `json:"opening,omitzero"` // when trading begins, by the venue's clock; not of replayed history
	Seed        uint64              `json:"seed"`
	Cash        decimal.Decimal     `json:"cash"`
	Config      string              `json:"config"` // resolved, with what --set changed; without comments
	Instruments []market.Instrument `json:"instruments"`
	Fills       []string            `json:"fills,omitempty"`     // interval of the bars that fill orders, by instrument; none: the finest watched
	NoVolume    []string            `json:"no_volume,omitempty"` // symbols whose bars never have one
}

// setup writes down what the account begins a session with.
func (a *account) setup(venue string, opening market.Time) *sessionSetup {
	s := &sessionSetup{
		Schema: setupSchema, Account: a.config.Name, Mode: a.config.Mode, Venue: venue, Opening: opening, Seed: a.engine.Seed,
		Cash: a.engine.Cash, Config: a.text, Instruments: a.history.Instruments,
	}
	for _, d := range a.fills {
		s.Fills = append(s.Fills, d.String())
	}
	for i, none := range a.history.NoVolume {
		if none {
			s.NoVolume = append(s.NoVolume, a.history.Instruments[i].Symbol)
		}
	}
	return s
}

// write makes the setup the first record of a journal, on disk before anything is decided.
func (s *sessionSetup) write(j *store.Journal, at market.Time) error {
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	return errors.Join(j.Append(market.Record{Kind: market.RecordSetup, Time: at, Scope: setupScope, Text: string(text)}), j.Commit())
}

// errNoSetup is of a journal that does not say what its session was set up with.
var errNoSetup = errors.New("the journal does not say what its session was set up with: an earlier version wrote it")

// readSetup returns what a journal begins with.
func readSetup(r *store.JournalReader) (*sessionSetup, error) {
	for records, err := range r.Instants() {
		if err != nil {
			return nil, err
		}
		if first := &records[0]; first.Kind == market.RecordSetup && first.Scope == setupScope {
			return parseSetup(first.Text)
		}
		break
	}
	return nil, errNoSetup
}

// lastSetup returns what a session was reloaded to last, or else what it began with.
func lastSetup(r *store.JournalReader) (*sessionSetup, error) {
	last, err := readSetup(r)
	if err != nil {
		return nil, err
	}
	for records, err := range r.Instants() {
		if err != nil {
			return nil, err
		}
		for i := range records {
			if e := &records[i].Event; e.Command == market.Reload && e.Word != nil {
				if last, err = parseSetup(e.Word.Text); err != nil {
					return nil, err
				}
			}
		}
	}
	return last, nil
}

// parseSetup reads a setup, and checks what the engine does not.
func parseSetup(text string) (*sessionSetup, error) {
	var s sessionSetup
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		return nil, fmt.Errorf("the setup of the session: %w", err)
	}
	if s.Schema != setupSchema {
		return nil, fmt.Errorf("the setup of the session is of schema %.40q, and not %s", s.Schema, setupSchema)
	}
	for i := range s.Instruments {
		in := &s.Instruments[i]
		in.ID = market.InstrumentID(i)
		if err := in.Validate(); err != nil {
			return nil, fmt.Errorf("the setup of the session: %w", err)
		}
	}
	if len(s.Fills) > 0 && len(s.Fills) != len(s.Instruments) {
		return nil, fmt.Errorf("the setup of the session has %d instruments, and fills %d", len(s.Instruments), len(s.Fills))
	}
	return &s, nil
}

// execution reads Fills.
func (s *sessionSetup) execution() (list []market.Interval, err error) {
	for _, text := range s.Fills {
		d := market.Interval(0)
		if text == market.Trades.String() {
			d = market.Trades
		} else if text != "" {
			if d, err = market.ParseInterval(text); err != nil {
				return nil, fmt.Errorf("the setup of the session: %w", err)
			}
		}
		list = append(list, d)
	}
	return list, nil
}

// accountOf makes the account of a session from its journal alone, ready to run it again.
// One whose journal does not say how is errNoSetup.
func (c *command) accountOf(r *store.JournalReader, path string) (*account, error) {
	s, err := readSetup(r)
	if errors.Is(err, errNoSetup) {
		return nil, &market.Error{Class: market.Usage, Where: path, Err: err, Hint: "name the configuration of the session with --config"}
	}
	var a *account
	if err == nil {
		a, err = c.accountFrom(s, path)
	}
	if err != nil {
		var known *market.Error
		if errors.As(err, &known) {
			return nil, err
		}
		return nil, &market.Error{Class: market.Data, Where: path, Err: err, Hint: "use the signalman that wrote it"}
	}
	if have := r.Header().Symbols; !slices.Equal(have, namesOf(s.Instruments)) {
		return nil, &market.Error{Class: market.Data, Where: path, Err: fmt.Errorf("the journal is about %v, its setup about %v", have, namesOf(s.Instruments))}
	}
	return a, nil
}

// accountFrom makes the account that a setup describes.
func (c *command) accountFrom(s *sessionSetup, where string) (*account, error) {
	cfg, err := config.Parse(where, []byte(s.Config), c.configPlugins(), nil)
	if err != nil {
		return nil, err
	}
	k := slices.IndexFunc(cfg.Accounts, func(a config.Account) bool { return a.Name == s.Account })
	if k < 0 {
		return nil, fmt.Errorf("the setup of the session is of account %.40q, which its configuration does not have", s.Account)
	}
	a := &account{config: &cfg.Accounts[k], hash: cfg.Hash(), text: s.Config, where: where, stored: c.storedRows}
	a.history = &backtest.History{Instruments: s.Instruments, NoVolume: make([]bool, len(s.Instruments))}
	for i := range s.Instruments {
		a.history.NoVolume[i] = slices.Contains(s.NoVolume, s.Instruments[i].Symbol)
	}
	for _, symbol := range symbols(a.config) {
		if !slices.Contains(namesOf(s.Instruments), symbol) {
			return nil, fmt.Errorf("the setup of the session has no instrument %.40q", symbol)
		}
	}
	if a.fills, err = s.execution(); err != nil {
		return nil, err
	}
	if err := a.build(); err != nil {
		return nil, err
	}
	a.engine.Opening, a.engine.Seed, a.engine.Cash = s.Opening, s.Seed, s.Cash
	c.rebuilds(a)
	return a, nil
}

// namesOf lists the symbols of instruments.
func namesOf(list []market.Instrument) []string {
	var names []string
	for i := range list {
		names = append(names, list[i].Symbol)
	}
	return names
}
