package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/internal/config"
	"github.com/signalman-trading/signalman/live"
	"github.com/signalman-trading/signalman/market"
)

// rebuilds lets the engine of an account be reloaded: a reload's text is the setup that the
// session goes on with. What the session has been reloaded to so far is kept.
func (c *command) rebuilds(a *account) {
	a.reloaded = a
	a.engine.Rebuild = func(text string) ([]engine.Change, error) {
		s, err := parseSetup(text)
		if err != nil {
			return nil, err
		}
		next, err := c.accountFrom(s, a.where)
		if err != nil {
			return nil, err
		}
		changes, err := a.reloaded.changes(next)
		if err == nil {
			a.reloaded = next
		}
		return changes, err
	}
}

// changes returns what makes an account the next one, which is on the same instruments.
func (a *account) changes(next *account) ([]engine.Change, error) {
	var changes []engine.Change
	touched := map[string]*engine.Change{}
	for k := range next.engine.Instances {
		touched[next.engine.Instances[k].Name] = &engine.Change{Instance: next.engine.Instances[k]}
	}
	for _, s := range a.config.Strategies {
		if touched[s.Name] == nil {
			touched[s.Name] = &engine.Change{Instance: engine.Instance{Name: s.Name}, Removed: true}
		}
	}
	for _, d := range config.Compare(a.text, next.text) {
		at := strings.Split(d.Table, ".") // section, name, and what is below
		switch {
		case at[0] == "strategy" && (isWeight(d) || stillKeeps(d)):
		case at[0] == "strategy" && (len(at) == 2 && d.Key != "risk" && d.Key != "sizer" || len(at) > 2 && at[2] == "params"):
			touched[at[1]].Code = true
		case at[0] == "strategy": // its rules, or a sizer of its own
			next.newRules(touched, at[1])
			a.newRules(touched, at[1])
		case at[0] == "risk":
			next.newChain(touched, at[1])
		case !restartable(d):
			return nil, usageError("begin a new session with --fresh, or take it back", "%s: a session cannot be given another one", d)
		}
	}
	for _, s := range a.config.Strategies {
		if touched[s.Name].Removed {
			a.newRules(touched, s.Name)
		}
	}
	for _, s := range next.config.Strategies {
		if !slices.ContainsFunc(a.config.Strategies, func(o *config.Strategy) bool { return o.Name == s.Name }) {
			next.newRules(touched, s.Name)
			touched[s.Name].Code = true
		}
	}
	for _, c := range touched {
		if c.Code || c.Rules || c.Removed {
			changes = append(changes, *c)
		}
	}
	slices.SortFunc(changes, func(a, b engine.Change) int { return strings.Compare(a.Name, b.Name) })
	return changes, nil
}

// newRules marks the strategies that share the rules of one: who uses a chain has changed, and
// its rules begin anew.
func (a *account) newRules(touched map[string]*engine.Change, name string) {
	for _, s := range a.config.Strategies {
		if s.Name != name {
			continue
		}
		touched[name].Rules = true
		if s.Risk != nil {
			a.newChain(touched, s.Risk.Name)
		}
	}
}

func (a *account) newChain(touched map[string]*engine.Change, chain string) {
	for _, s := range a.config.Strategies {
		if c := touched[s.Name]; s.Risk != nil && s.Risk.Name == chain && c != nil {
			c.Rules = true
		}
	}
}

// isWeight reports whether a difference is the weight of a strategy, which counts when that
// begins. A parameter may be called weight too.
func isWeight(d config.Difference) bool {
	return d.Key == "weight" && strings.HasPrefix(d.Table, "strategy.") && strings.Count(d.Table, ".") == 1
}

// stillKeeps reports whether a difference is that a setting of a strategy is written down
// now, as what it was: earlier versions did not have it.
func stillKeeps(d config.Difference) bool {
	return d.Key == "on_failure" && d.Was == "" && d.Is == `"keep"`
}

// restartable reports whether a difference is about what runs beside a session: it counts from
// the next start on.
func restartable(d config.Difference) bool {
	section, _, _ := strings.Cut(d.Table, ".")
	switch section {
	case "daemon", "notify", "quota", "signals", "exchange":
		return true
	}
	return section == "account" && (d.Key == "on_exit" || d.Key == "stale_bars")
}

// due says when a difference counts, where that is not now.
func due(d config.Difference) string {
	switch {
	case restartable(d):
		return " (at the next start)"
	case isWeight(d) && d.Was != "" && d.Is != "":
		return " (without effect: it counted at the start; move cash by a transfer)"
	}
	return ""
}

// reload gives the session what its configuration file says now, and returns in what that
// differs. What cannot be made is refused, and changes nothing.
func (d *daemon) reload(ctx context.Context) (diff string, err error) {
	cfg, err := config.Load(d.command.config, d.configPlugins(), d.sets...)
	if err != nil {
		return "", err
	}
	setup := d.account.setup(d.venue, d.account.engine.Opening)
	setup.Config = string(cfg.Keyless())
	text, err := json.Marshal(setup)
	if err != nil {
		return "", err
	}
	var trial, next *account // the engine's own is made of the text
	for _, a := range []**account{&trial, &next} {
		if *a, err = d.accountFrom(setup, d.command.config); err != nil {
			return "", notReloaded(d.command.config, err)
		}
	}
	if _, err := engine.New(trial.engine); err != nil {
		return "", next.located(&market.Error{Class: market.Usage, Err: err})
	}
	var lines []string
	var refused error
	err = d.control.Look(ctx, func(e *engine.Engine) {
		for _, one := range config.Compare(d.account.reloaded.text, next.text) {
			lines = append(lines, one.String()+due(one))
		}
		var changes []engine.Change
		if changes, refused = d.account.reloaded.changes(next); refused == nil {
			refused = e.CheckReload(changes)
		}
	})
	if err == nil && refused != nil {
		err = notReloaded(d.command.config, refused)
	}
	if err != nil || len(lines) == 0 {
		return "", err
	}
	return strings.Join(lines, "\n"), d.control.Tell(ctx, market.Reload, market.Word{Text: string(text)})
}

// notReloaded says that a configuration stays as it was, and where the other one is.
func notReloaded(path string, err error) error {
	e := &market.Error{Class: market.Usage, Where: path, Err: fmt.Errorf("not reloaded, the session goes on as it was: %w", err)}
	var known *market.Error
	if errors.As(err, &known) {
		e.Hint = known.Hint
		e.Err = fmt.Errorf("not reloaded, the session goes on as it was: %w", known.Err)
	}
	if e.Hint == "" {
		e.Hint = "mend it, or take it back"
	}
	return e
}

// hangUps reloads on SIGHUP.
func (d *daemon) hangUps(ctx context.Context) (end func(), err error) {
	told := make(chan os.Signal, 1)
	signal.Notify(told, syscall.SIGHUP)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-told:
				d.reloadAloud(ctx)
			case <-ctx.Done():
				return
			}
		}
	}()
	return func() {
		signal.Stop(told)
		<-done
	}, nil
}

// reloadAloud reloads, and says what came of it.
func (d *daemon) reloadAloud(ctx context.Context) error {
	if d.observer.Opened() {
		d.manager.Reloading()
		defer d.manager.Ready()
	}
	diff, err := d.reload(ctx)
	switch {
	case errors.Is(err, live.ErrEnded): // of something else
		return err
	case err != nil:
		d.log.Error("the configuration was not reloaded", "error", err)
	case diff == "":
		d.log.Info("the configuration was read again: nothing in it has changed for the session")
	default:
		for line := range strings.Lines(diff) {
			d.log.Warn("reloaded", "change", strings.TrimSpace(line))
		}
	}
	return err
}
