package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/signalman-trading/signalman/internal/config"
	"github.com/signalman-trading/signalman/live/notify"
	"github.com/signalman-trading/signalman/live/observe"
	"github.com/signalman-trading/signalman/market"
)

// senders makes those who tell people what a session does: of one table [notify.X], or of
// all where the name is empty. Their log is one that is not told to anybody.
func (c *command) senders(cfg *config.Config, only string, log *slog.Logger) ([]*notify.Sender, error) {
	var list []*notify.Sender
	for i := range cfg.Notify {
		n := &cfg.Notify[i]
		if only != "" && n.Name != only {
			continue
		}
		s := notify.Service{Type: n.Type, Chat: n.Chat, API: n.API}
		for _, of := range []struct {
			from *config.Secret
			to   *market.Secret
		}{{n.Token, &s.Token}, {n.URL, &s.URL}, {n.Secret, &s.Key}} {
			if of.from == nil {
				continue
			}
			key, err := c.keys.read(of.from)
			if err != nil {
				return nil, &market.Error{Class: market.Usage, Where: "notify." + n.Name + "." + of.from.Key, Err: err}
			}
			*of.to = key
		}
		var level slog.Level
		if err := level.UnmarshalText([]byte(n.Level)); err != nil {
			return nil, err
		}
		list = append(list, notify.New(notify.Options{
			Name: n.Name, Service: s, Level: level, From: sender(cfg), HTTP: &http.Client{Transport: baseTransport()}, Hide: c.keys.hide, Log: log,
		}))
	}
	return list, nil
}

// sender is how a session signs: with its accounts, and the machine that it runs on.
func sender(cfg *config.Config) string {
	var names []string
	for i := range cfg.Accounts {
		names = append(names, cfg.Accounts[i].Name)
	}
	text := "signalman " + strings.Join(names, " ")
	if host, err := os.Hostname(); err == nil {
		text += " on " + host
	}
	return text
}

// notified lists what became of messages, for the metrics.
func (c *command) notified() (list []observe.Notified) {
	for _, s := range c.tellers {
		x := s.Stats()
		list = append(list, observe.Notified{Name: s.Name, Outcome: "sent", N: x.Sent}, observe.Notified{Name: s.Name, Outcome: "dropped", N: x.Dropped},
			observe.Notified{Name: s.Name, Outcome: "failed", N: x.Failures})
	}
	return list
}

func (c *command) notifyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "notify", Short: "those who are told what a session does", Args: group,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(c.notifyTestCommand())
	return cmd
}

// testPatience is how long a service may take to take a test.
const testPatience = 20 * time.Second

func (c *command) notifyTestCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "test [NAME]",
		Short: "send a message through each [notify.NAME]",
		Long: `Sends one message through each table [notify.NAME] of the configuration, or through the
one that is named, and says what the service answers. Nothing else is told.`,
		Example: `  signalman notify test
  signalman notify test telegram`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := config.Load(c.config, c.configPlugins())
			if err != nil {
				return err
			}
			return c.testNotify(cmd.Context(), cfg, strings.Join(args, ""))
		},
	}
	c.configFlag(cmd)
	return cmd
}

// testNotify sends a message through each service.
func (c *command) testNotify(ctx context.Context, cfg *config.Config, name string) error {
	list, err := c.senders(cfg, name, c.logger())
	if err != nil {
		return err
	}
	if len(list) == 0 {
		var names []string
		for i := range cfg.Notify {
			names = append(names, cfg.Notify[i].Name)
		}
		if len(names) == 0 {
			return usageError("add a table [notify.NAME]: see docs/config.md", "%s tells nobody", c.config)
		}
		return usageError("it has "+strings.Join(names, ", "), "%s has no [notify.%s]", c.config, name)
	}
	var failed []error
	for _, s := range list {
		ctx, cancel := context.WithTimeout(ctx, testPatience)
		err := s.Send(ctx, notify.Message{Time: time.Now(), Level: slog.LevelInfo, Event: "test", Text: "a test of signalman: it can reach you through " + s.Name})
		cancel()
		if err != nil {
			err = fmt.Errorf("notify.%s: %s", s.Name, c.keys.hide(err.Error()))
			failed = append(failed, err)
		}
		c.tellTest(s, err)
	}
	if len(failed) > 0 {
		return &market.Error{Class: market.Venue, Err: errors.Join(failed...), Hint: "see its token, chat and url"}
	}
	return nil
}

// tellTest prints what came of one test.
func (c *command) tellTest(s *notify.Sender, err error) {
	switch {
	case c.format == "json":
		said := map[string]any{"schema": "signalman.notify-test/1", "name": s.Name, "type": s.Service.Type, "sent": err == nil, "error": ""}
		if err != nil {
			said["error"] = err.Error()
		}
		(&printer{out: c.out}).line(said)
	case err == nil:
		fmt.Fprintf(c.out, "%s: sent through %s\n", s.Name, s.Service.Type)
	}
}
