package signalstest

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"go.uber.org/goleak"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
)

// TB is the part of testing.TB that Run needs; a *testing.T has it.
type TB interface {
	// Helper marks the caller as a helper, so that failures show the test's own line.
	Helper()
	// Error marks the test as failed and prints.
	Error(args ...any)
}

// Run puts a plug-in to the suite and fails the test with what Check returns.
func Run(t TB, p signals.Plugin, opts ...Option) {
	t.Helper()
	if err := Check(p, opts...); err != nil {
		t.Error(err)
	}
}

// Check puts a plug-in to the suite. It returns nil, or what the first check that failed
// found, the likely cause, and what to do.
func Check(p signals.Plugin, opts ...Option) error {
	s := newSuite(p, opts)
	if err := s.describes(); err != nil {
		return fmt.Errorf("source plug-in %q: %w", p.Name, err)
	}
	made, err := s.create()
	if err == nil {
		err = s.checkValue(made)
	}
	if err != nil {
		return fmt.Errorf("source %s: %w", p.Name, err)
	}
	return nil
}

func (s *suite) checkValue(made any) error {
	if c, ok := made.(signals.Checker); ok {
		if err := c.Check(); err != nil {
			return fmt.Errorf("its Check refuses the configuration of the test: %w\nSet what it needs with signalstest.With", err)
		}
	}
	var checks []func() error
	if _, ok := made.(signals.Source); ok {
		checks = append(checks, s.source()...)
	}
	if _, ok := made.(signals.Pusher); ok {
		checks = append(checks, s.pusher()...)
	}
	if _, ok := made.(signals.Deriver); ok {
		checks = append(checks, s.deriver()...)
	}
	if len(checks) == 0 {
		return fmt.Errorf("its New makes a %T, which is neither a signals.Source nor a Pusher nor a Deriver: it lacks a method, or has one with other types", made)
	}
	for _, check := range append(checks, s.keepsKeys) {
		if err := s.alone(check); err != nil {
			return err
		}
	}
	return nil
}

// alone runs a check and looks for goroutines that it left.
func (s *suite) alone(check func() error) error {
	before := goleak.IgnoreCurrent()
	if err := check(); err != nil {
		return err
	}
	if err := goleak.Find(before); err != nil {
		return fmt.Errorf("it left a goroutine behind: %w\nWait for what you start before Fetch or Run returns, and end it with the context", err)
	}
	return nil
}

// suite is one plug-in under test.
type suite struct {
	settings
	plugin signals.Plugin
	net    *provider
	log    *notes
	first  *heard // what the source says to the question
}

func newSuite(p signals.Plugin, opts []Option) *suite {
	s := &suite{plugin: p, log: &notes{}, settings: settings{now: time.Date(2024, 5, 10, 12, 0, 0, 0, time.UTC)}}
	for _, o := range opts {
		o(&s.settings)
	}
	s.net = &provider{handler: s.handler}
	return s
}

// env is the outside world, all of it in memory.
func (s *suite) env(l net.Listener) signals.Env {
	return signals.Env{
		HTTP: &http.Client{Transport: s.net},
		Listen: func(string, string) (net.Listener, error) {
			if l == nil {
				return nil, errors.New("signalstest: only a Pusher listens")
			}
			return l, nil
		},
		Now: func() time.Time { return s.now },
		Log: slog.New(slog.NewTextHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
}

// create makes a source as the configuration would.
func (s *suite) create() (any, error) { return s.createFor(nil) }

func (s *suite) createFor(l net.Listener) (any, error) {
	made := s.plugin.New(s.env(l))
	for _, set := range s.prepare {
		if err := set(made); err != nil {
			return nil, err
		}
	}
	return made, nil
}

// describes checks what the plug-in says of itself.
func (s *suite) describes() error {
	p := s.plugin
	switch {
	case p.Name == "" || p.Doc == "":
		return errors.New("fields Name and Doc must say what it is: the name stands as type in the configuration")
	case !strings.Contains(p.Sample, `"`+p.Name+`"`) && !strings.Contains(p.Sample, "[signals."+p.Name+"]"):
		return fmt.Errorf("its Sample has neither type = %q nor the table [signals.%s]: it is printed as a table that runs", p.Name, p.Name)
	case p.New == nil:
		return errors.New("its New is nil: it has to make a source with the defaults in its fields")
	}
	a, b := p.New(signals.Env{}), p.New(signals.Env{})
	switch v := reflect.ValueOf(a); {
	case a == nil || v.Kind() != reflect.Pointer || v.Elem().Kind() != reflect.Struct:
		return fmt.Errorf("its New makes a %T: return a pointer to a struct, which the configuration is decoded into", a)
	case v.Elem().Type().Size() > 0 && a == b:
		return errors.New("its New returned the same value twice: two tables of a configuration would share it. Return a new one each time")
	}
	if field := untagged(reflect.TypeOf(a).Elem()); field != "" {
		return fmt.Errorf("field %s has no toml tag, so that no configuration can set it: tag it (`toml:\"name\" doc:\"what it is\"`) or do not export it", field)
	}
	return nil
}

// untagged returns an exported field that no configuration can set.
func untagged(t reflect.Type) string {
	for i := range t.NumField() {
		f := t.Field(i)
		switch {
		case !f.IsExported() || f.Tag.Get("toml") != "":
		case f.Anonymous && f.Type.Kind() == reflect.Struct:
			if name := untagged(f.Type); name != "" {
				return name
			}
		default:
			return f.Name
		}
	}
	return ""
}

// keepsKeys looks for keys in the log.
func (s *suite) keepsKeys() error {
	if key := s.leaks(s.log.String()); key != "" {
		return fmt.Errorf("its log tells a key (%s): log what was asked, never how", key)
	}
	return nil
}

// leaks returns the beginning of a key that a text holds, or "".
func (s *suite) leaks(text string) string {
	i := slices.IndexFunc(s.keys, func(key string) bool { return strings.Contains(text, key) })
	if i < 0 {
		return ""
	}
	return s.keys[i][:min(4, len(s.keys[i]))] + "…"
}

// notes is a log.
type notes struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write adds to the log.
func (n *notes) Write(p []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text.Write(p)
}

// String returns the log.
func (n *notes) String() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text.String()
}

// patience is how long a source may take for what takes no time.
const patience = 10 * time.Second

// within runs f, and reports whether it ended in time. A panic is an error.
func within(f func() error) (err error, ended bool) {
	done := make(chan error, 1)
	go func() {
		defer func() {
			if r := recover(); r != nil {
				done <- fmt.Errorf("it panicked: %v", r)
			}
		}()
		done <- f()
	}()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case err := <-done:
		return err, true
	case <-timer.C:
		return nil, false
	}
}

// sameKinds checks that the list of kinds is always the same, and not shared.
func sameKinds(kinds func() []market.SignalKind) error {
	first := slices.Clone(kinds())
	if got := kinds(); len(got) > 0 {
		got[0] = "scribbled"
	}
	if again := kinds(); !slices.Equal(first, again) {
		return fmt.Errorf("its Kinds are %v, and then %v: they follow from the configuration alone, and the slice is the caller's (slices.Clone)", first, again)
	}
	return nil
}
