package app

import (
	"cmp"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/signalman-trading/signalman/internal/config"
	"github.com/signalman-trading/signalman/live/control"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/store"
)

// lastHalts returns the halts that stand at the end of the newest session, each by its scope
// and its name there, with its text; the name of the session is "" where there is none.
func lastHalts(dir string) (session string, standing map[[2]string]string, err error) {
	list, err := store.Sessions(dir)
	if err != nil || len(list) == 0 || list[len(list)-1].Err != nil {
		return "", nil, err
	}
	last := &list[len(list)-1]
	r, err := store.OpenJournal(last.Path)
	if err != nil {
		return "", nil, err
	}
	standing = map[[2]string]string{}
	for records, err := range r.Instants() {
		if err != nil {
			return "", nil, err
		}
		for i := range records {
			if records[i].Kind == market.RecordHalt {
				follow(standing, &records[i])
			}
		}
	}
	return filepath.Base(last.Path), standing, nil
}

// follow takes a halt or its end, and no other word of the engine or of a rule.
func follow(standing map[[2]string]string, r *market.Record) {
	if name, ok := strings.CutPrefix(r.Text, "lifted "); ok {
		delete(standing, [2]string{r.Scope, name})
		return
	}
	name, why, ok := strings.Cut(r.Text, ": ")
	if rule, _, _ := strings.Cut(name, " on "); ok && !strings.Contains(rule, " ") {
		standing[[2]string{r.Scope, name}] = why
	}
}

// carryKill makes a kill that stands in the newest session hold for the next one too: it does
// so until resume, and not only until somebody begins anew.
func (c *command) carryKill(dir string, cfg *config.Config) error {
	session, standing, err := lastHalts(dir)
	if err != nil {
		return err
	}
	why, killed := standing[[2]string{"account", "kill"}]
	if !killed {
		return nil
	}
	at, err := c.controlPlace(&cfg.Daemon)
	if err != nil {
		return err
	}
	c.note("the last session (%s) was killed, and so is this one until 'signalman resume': %s", session, why)
	return control.WriteKillFile(at.kill, why)
}

// carryHalts returns the halts of rules that stand in the newest session and hold for the
// next one: those that lift after now, and those that stay until resume. Others end with what
// made them, which a new session measures itself. It begins flat, so that a lock and a close
// of positions are no more than a stop of new risk.
func carryHalts(dir string, a *account, now market.Time) (words []market.Word, err error) {
	session, standing, err := lastHalts(dir)
	for _, key := range slices.SortedFunc(maps.Keys(standing), func(x, y [2]string) int {
		return cmp.Or(strings.Compare(x[0], y[0]), strings.Compare(x[1], y[1]))
	}) {
		w := market.Word{Scope: key[0], Text: standing[key]}
		if w.Scope == "account" {
			w.Scope = ""
		}
		until, ends := strings.CutPrefix(w.Text[strings.LastIndex(w.Text, "; ")+1:], " lifts at ")
		if at, err := time.Parse(time.RFC3339Nano, until); ends && err == nil {
			w.Until = market.TimeOf(at)
		}
		if !strings.HasSuffix(w.Text, "; stays until resume") && w.Until <= now || !about(&w, key[1], a) {
			continue
		}
		if !strings.HasPrefix(w.Text, "since session ") {
			w.Text = fmt.Sprintf("since session %s: %s", session, w.Text)
		}
		words = append(words, w)
	}
	return words, err
}

// about reads the name of a halt, and reports whether what it is about trades in an account.
func about(w *market.Word, name string, a *account) bool {
	rest := ""
	if w.Rule, rest, _ = strings.Cut(name, " "); rest != "" {
		for side, word := range map[market.Side]string{market.Buy: "long", market.Sell: "short"} { //order-free: at most one fits
			if short, ok := strings.CutSuffix(rest, word); ok && (short == "" || strings.HasSuffix(short, " ")) {
				w.Side, rest = side, strings.TrimSpace(short)
			}
		}
		if w.Symbol = strings.TrimPrefix(rest, "on "); w.Symbol == "all" {
			w.Symbol = ""
		}
	}
	known := w.Symbol == ""
	for i := range a.history.Instruments {
		known = known || a.history.Instruments[i].Symbol == w.Symbol
	}
	named := w.Scope == ""
	for i := range a.engine.Instances {
		named = named || a.engine.Instances[i].Name == w.Scope
	}
	return known && named
}
