package app

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/signalman-trading/signalman/live/control"
	"github.com/signalman-trading/signalman/market"
)

func (c *command) verbCommands() []*cobra.Command {
	return []*cobra.Command{c.pauseCommand(), c.resumeCommand(), c.killCommand(), c.closeAllCommand(), c.reloadCommand(), c.stopCommand()}
}

// scoped lets a command name one strategy, or none for the account.
func scoped(cmd *cobra.Command) {
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if len(args) > 1 {
			return usageError("see '"+cmd.CommandPath()+" --help'", "%s takes one strategy, or none for the account", cmd.Name())
		}
		return nil
	}
}

func reason(cmd *cobra.Command, into *string) {
	cmd.Flags().StringVar(into, "reason", "", "why, for the journal: one line, at most 200 bytes")
}

// done prints what came of a command.
func (c *command) done(d control.Done) {
	fmt.Fprintln(c.out, d.Text)
	if len(d.Halts) > 0 {
		c.showHalts(d.Halts)
	}
}

// order gives a command to the session.
func order[V any](cmd *cobra.Command, r *reach, path string, o control.Order, text func(V)) error {
	client, _, err := r.open(cmd)
	if err != nil {
		return err
	}
	raw, err := client.Post(cmd.Context(), path, o)
	if err != nil {
		return err
	}
	return printed(r.command, raw, text)
}

func (c *command) pauseCommand() *cobra.Command {
	var o control.Order
	cmd := c.reaching("pause [STRATEGY]", "stop new risk of a strategy, or of all", `Stops new risk of one strategy, or of all: working orders that would add to it are
cancelled; positions stay, and may be closed. It holds through restarts, until resume.`,
		"  signalman pause btc_trend --reason \"its news look odd\"\n  signalman pause",
		func(cmd *cobra.Command, r *reach, args []string) error {
			o.Scope = strings.Join(args, "")
			return order(cmd, r, "/v1/pause", o, c.done)
		})
	scoped(cmd)
	reason(cmd, &o.Reason)
	return cmd
}

func (c *command) closeAllCommand() *cobra.Command {
	var o control.Order
	var yes bool
	cmd := c.reaching("close-all [STRATEGY]", "close positions by the market, and stop new risk", `Closes the positions of one strategy, or of all, by market orders, and stops new risk
until resume. It asks first, or needs --yes.`,
		"  signalman close-all btc_trend\n  signalman close-all --yes --reason \"going away\"",
		func(cmd *cobra.Command, r *reach, args []string) error {
			o.Scope = strings.Join(args, "")
			what := "sell all positions by the market"
			if o.Scope != "" {
				what = "close the positions of " + o.Scope + " by the market"
			}
			if err := r.sure(cmd, yes, "close-all", what); err != nil {
				return err
			}
			return order(cmd, r, "/v1/close-all", o, c.done)
		})
	scoped(cmd)
	reason(cmd, &o.Reason)
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}

func (c *command) killCommand() *cobra.Command {
	var o control.Order
	var yes bool
	cmd := c.reaching("kill", "stop all new risk, also of a session that does not answer", `Stops all new risk: working orders that would add to it are cancelled; positions stay,
and may be closed. It holds through restarts, until resume.

Where no session answers, it writes the kill file: a session that is alive obeys it
within a second, and one that starts obeys it before it trades. The process of a session
is also killed in this sense, and not ended, by the signal SIGUSR1.`,
		"  signalman kill\n  signalman kill --yes --reason \"the venue looks odd\"",
		func(cmd *cobra.Command, r *reach, _ []string) error {
			if err := r.sure(cmd, yes, "kill", "stop all new risk until resume"); err != nil {
				return err
			}
			return r.kill(cmd, o)
		})
	reason(cmd, &o.Reason)
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}

// kill tells the session and, where it does not answer, writes the kill file.
func (r *reach) kill(cmd *cobra.Command, o control.Order) error {
	failed := order(cmd, r, "/v1/kill", o, r.done)
	if failed == nil || market.ClassOf(failed) != market.Venue || r.address != "" {
		return failed
	}
	_, at, err := r.open(cmd)
	if err == nil {
		err = control.WriteKillFile(at.kill, o.Reason)
	}
	if err != nil {
		return errors.Join(failed, err)
	}
	r.note("wrote the kill file %s: a session that is alive obeys it within a second, one that starts before it trades; 'signalman resume' removes it", at.kill)
	if errors.Is(failed, control.ErrNobody) {
		r.note("no session listens at %s", at.socket)
		return nil
	}
	return failed
}

func (c *command) resumeCommand() *cobra.Command {
	var o control.Order
	cmd := c.reaching("resume [STRATEGY]", "lift halts, and say what caused them", `Lifts the halts of one strategy, or all: those of pause, kill and close-all, and those of
rules. It says what caused each, and whether it will be set again. The kill file is
removed where the kill is lifted.

Where no session listens, it removes the kill file; what the journal holds stays halted.`,
		"  signalman resume\n  signalman resume btc_trend\n  signalman resume --rule kill --reason \"looked at it\"",
		func(cmd *cobra.Command, r *reach, args []string) error {
			o.Scope = strings.Join(args, "")
			return r.resume(cmd, o)
		})
	scoped(cmd)
	reason(cmd, &o.Reason)
	cmd.Flags().StringVar(&o.Rule, "rule", "", "only halts of this rule: kill, pause, close-all, or the name of a rule")
	return cmd
}

func (r *reach) resume(cmd *cobra.Command, o control.Order) error {
	failed := order(cmd, r, "/v1/resume", o, r.resumed)
	if !errors.Is(failed, control.ErrNobody) || r.address != "" || o.Scope != "" || o.Rule != "" && o.Rule != "kill" {
		return failed
	}
	_, at, err := r.open(cmd)
	if err != nil {
		return err
	}
	switch there, err := control.RemoveKillFile(at.kill); {
	case err != nil:
		return err
	case !there:
		return failed
	}
	r.note("no session listens at %s; removed the kill file %s. What a session's journal holds stays halted: resume again once it runs", at.socket, at.kill)
	return nil
}

// resumed prints what was lifted.
func (c *command) resumed(r control.Resumed) {
	fmt.Fprintln(c.out, r.Text)
	for _, l := range r.Lifted {
		fmt.Fprintf(c.out, "lifted: %s%s halted by %s (%s) since %s: %s\n", l.Scope, l.On(), l.Rule, l.By, l.Since, l.Text)
		if l.Again != "" {
			fmt.Fprintf(c.out, "        %s\n", l.Again)
		}
	}
	for _, h := range r.Halts {
		fmt.Fprintf(c.out, "stands: %s halted by %s (%s) since %s: %s\n", h.Scope, h.Rule, h.By, h.Since, h.Text)
	}
}

func (c *command) reloadCommand() *cobra.Command {
	var o control.Order
	cmd := c.reaching("reload", "let a session read its configuration again", `Lets a session read its configuration again, as SIGHUP does, and shows what changed. It is
applied to strategies that changed, and refused where it would orphan a position.`,
		"  signalman reload",
		func(cmd *cobra.Command, r *reach, _ []string) error {
			return order(cmd, r, "/v1/reload", o, func(d control.Reloaded) {
				fmt.Fprintln(c.out, d.Text)
				if d.Diff != "" {
					fmt.Fprintln(c.out, strings.TrimRight(d.Diff, "\n"))
				}
			})
		})
	reason(cmd, &o.Reason)
	return cmd
}

func (c *command) stopCommand() *cobra.Command {
	var o control.Order
	cmd := c.reaching("stop", "end a session in good order", `Ends a session in good order, as SIGTERM does: nothing more is decided, and working orders
stay or are cancelled as on_exit says. 'signalman run' goes on with it.`,
		"  signalman stop",
		func(cmd *cobra.Command, r *reach, _ []string) error {
			return order(cmd, r, "/v1/stop", o, func(s control.Stopping) { fmt.Fprintln(c.out, s.Text) })
		})
	reason(cmd, &o.Reason)
	return cmd
}
