package config

import (
	"errors"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
)

// Source is one [signals.NAME].
type Source struct {
	Name     string
	Type     string
	Schedule string          // when it is asked: a cron expression of five fields in UTC, or ""
	Jitter   market.Duration // the most that it is asked later than the schedule says
	Quota    string          // which its calls are charged to; "" where it is not remote
	Secrets  []Secret        // where its keys lie
	Value    any             // a signals.Source or Pusher with its parameters, without keys and outside world

	plugin signals.Plugin
	table  map[string]any
	ring   *ring
}

// Open makes the source anew, with the outside world and its keys, which it looks up
// in the environment and in files. A key that is missing, or a file of keys that others
// may read, is an error. The result is a signals.Source or a signals.Pusher.
func (s *Source) Open(env signals.Env, getenv func(string) string) (any, error) {
	if s.plugin.New == nil {
		return s.Value, nil // made by hand
	}
	value := s.plugin.New(env)
	faults := &faults{ring: s.ring}
	d := decoder{faults: faults, getenv: getenv}
	path := []string{"signals", s.Name}
	d.top(value, s.table, path, nil)
	if v, ok := value.(interface{ Ready() error }); ok && len(faults.list) == 0 {
		faults.says(path, v.Ready())
	}
	return value, faults.join()
}

// Remote reports whether the source is beyond this machine: its rows are in the store.
func (s *Source) Remote() bool { return s.plugin.Remote }

// sourceKeys are the keys of [signals.X] that are not its source's own.
type sourceKeys struct {
	Type     string          `toml:"type"`
	Schedule string          `toml:"schedule"`
	Jitter   market.Duration `toml:"jitter"`
	Quota    string          `toml:"quota"`
}

// sources reads the tables [signals.X].
func (b *builder) sources() {
	for _, n := range b.section("signals") {
		keys := sourceKeys{Type: n.name}
		own, rest := split(n.table, "type", "schedule", "jitter", "quota")
		b.decode(&keys, own, n.path)
		b.schedule(keys.Schedule, n.path)
		if keys.Jitter < 0 {
			b.add(child(n.path, "jitter"), "a duration such as 2m", "jitter = %s is below 0", keys.Jitter)
		}
		plugin, ok := find(b.Sources, func(p signals.Plugin) string { return p.Name }, keys.Type)
		if !ok {
			b.unknownType("source of signals", keys.Type, names(b.Sources, func(p signals.Plugin) string { return p.Name }), n.path)
			continue
		}
		s := Source{Name: n.name, Type: keys.Type, Schedule: keys.Schedule, Jitter: keys.Jitter, Quota: b.quotaOf(keys, plugin, n.path), plugin: plugin, table: rest, ring: b.ring}
		s.Value = plugin.New(signals.Env{})
		d := decoder{faults: b.faults, secrets: &s.Secrets}
		d.top(s.Value, rest, n.path, []string{"jitter", "quota", "schedule", "type"})
		b.cross(s.Value, n.path)
		b.config.Sources = append(b.config.Sources, s)
	}
	b.listeners()
}

// cross asks a source which of its parameters make no sense together.
func (b *builder) cross(value any, path []string) {
	v, ok := value.(signals.Checker)
	if !ok || b.faulty(path) {
		return
	}
	b.says(path, v.Check())
}

// says notes what a source says is wrong with its parameters, if it does.
func (f *faults) says(path []string, err error) {
	var e *market.Error
	switch {
	case err == nil:
	case errors.As(err, &e):
		f.add(path, e.Hint, "%w", e.Err)
	default:
		f.add(path, "", "%w", err)
	}
}

// listeners refuses two sources that listen on one address.
func (b *builder) listeners() {
	taken := map[string]string{}
	for i := range b.config.Sources {
		s := &b.config.Sources[i]
		l, ok := s.Value.(interface{ Listens() string })
		if !ok {
			continue
		}
		if other, twice := taken[l.Listens()]; twice {
			b.add([]string{"signals", s.Name, "listen"}, "choose another port for one of them", "signals.%s listens on %s too", other, l.Listens())
		}
		taken[l.Listens()] = s.Name
	}
}

// schedule checks a cron expression (semantics T5).
func (b *builder) schedule(expr string, path []string) {
	if expr == "" {
		return
	}
	switch _, err := market.ParseSchedule(expr); {
	case errors.Is(err, market.ErrNever):
		b.add(child(path, "schedule"), "choose a day that the month has", "schedule = %q %w", expr, market.ErrNever)
	case err != nil:
		b.add(child(path, "schedule"), `five fields in UTC, such as "5 0 * * *", or @hourly, @daily, @weekly, @monthly`,
			"schedule = %q is not a cron expression", expr)
	}
}
