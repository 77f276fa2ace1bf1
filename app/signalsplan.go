package app

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/signalman-trading/signalman/internal/config"
	"github.com/signalman-trading/signalman/market"
)

func (c *command) signalsPlanCommand() *cobra.Command {
	var sets []string
	cmd := &cobra.Command{
		Use:   "plan",
		Short: "what the schedules cost, against what the keys allow",
		Long: `Counts, from the configuration alone, the calls that the schedules of [signals.X] make:
a pull, on the busiest day and in the busiest of the coming 13 months, and compares them with the
limits of [quota.X] and with what is spent. Nothing is sent. The exit code is 2 where it
does not fit; 'signalman run' refuses such a configuration.`,
		Example: "  signalman signals plan\n  signalman signals plan --set signals.tokenmetrics.schedule='5 */4 * * *'",
		Args:    exact(0, "no arguments"),
		RunE: func(*cobra.Command, []string) error {
			p, err := c.planOf(sets)
			if err != nil {
				return err
			}
			if c.format == "json" {
				err = c.json(p)
			} else {
				err = c.printPlan(p)
			}
			if err != nil {
				return err
			}
			for _, line := range p.Warnings {
				c.note("warning: %s", line)
			}
			return p.refusal(c.config)
		},
	}
	c.configFlag(cmd)
	cmd.Flags().StringArrayVar(&sets, "set", nil, "override a key of the configuration: signals.NAME.schedule=V")
	return cmd
}

// planOf reads the configuration anew and plans it.
func (c *command) planOf(sets []string) (*plan, error) {
	cfg, err := config.Load(c.config, c.configPlugins(), sets...)
	if err != nil {
		return nil, err
	}
	return c.planned(cfg, time.Now())
}

// refusePlan returns an error with the figures where the schedules of the configuration
// cannot fit the quotas. What fits barely, or not this month, is told.
func (c *command) refusePlan(sets []string) error {
	p, err := c.planOf(sets)
	if err != nil {
		return err
	}
	for _, w := range p.remarks() {
		c.note("warning: %s", w)
	}
	return p.refusal(c.config)
}

// remarks returns the warnings of a plan in which something is asked at all.
func (p *plan) remarks() []string {
	if len(p.Sources) == 0 {
		return nil
	}
	return p.Warnings
}

// printPlan prints a plan without its warnings.
func (c *command) printPlan(p *plan) error {
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	if len(p.Sources) == 0 {
		fmt.Fprintln(w, "no source of signals has a schedule: nothing is asked")
	} else {
		fmt.Fprintln(w, "SOURCE\tSCHEDULE\tPRIORITY\tA PULL ASKS\tCALLS\tPULLS A DAY\tCALLS A DAY\tCALLS A MONTH")
	}
	for i := range p.Sources {
		p.Sources[i].print(w)
	}
	if len(p.Quotas) > 0 {
		fmt.Fprintln(w, "\nQUOTA\tWINDOW\tPLANNED\tTO TRY AGAIN\tSPENT\tLEFT\tLIMIT")
	}
	for i := range p.Quotas {
		p.Quotas[i].print(w)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for i := range p.Quotas {
		for _, line := range p.Quotas[i].notes() {
			fmt.Fprintf(c.out, "quota %s: %s\n", p.Quotas[i].Quota, line)
		}
	}
	return nil
}

func (s *plannedSource) print(w *tabwriter.Writer) {
	var asks []string
	for _, e := range s.Endpoints {
		asks = append(asks, strings.TrimSuffix(fmt.Sprintf("%s × %d", e.Endpoint, e.Calls), " × 1"))
	}
	fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%d\t%d\t%d\n", s.Source, s.Schedule, s.Priority, strings.Join(asks, ", "), s.Pull, s.Pulls, s.Day, s.Month)
}

func (q *plannedQuota) print(w *tabwriter.Writer) {
	for _, l := range q.Windows {
		left, limit, verdict := "-", "none", "fits"
		if l.Limit > 0 {
			left, limit = strconv.Itoa(l.Left), strconv.Itoa(l.Limit)
		}
		if l.Learnt {
			limit += ", says the provider"
		}
		switch {
		case !l.Fits:
			verdict = "DOES NOT FIT"
		case l.Window == "minute" && l.Limit > 0 && l.Planned > l.Limit:
			verdict = "fits: calls wait"
		}
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%d\t%s\t%s\t%s\n", q.Quota, l.Window, l.Planned, l.Retries, l.Spent, left, limit, verdict)
	}
}

// notes says of a quota what the table does not.
func (q *plannedQuota) notes() []string {
	lines := slices.Clone(q.Advice)
	if q.Paused.Until != 0 {
		lines = append(lines, fmt.Sprintf("nothing is asked before %s: %s", q.Paused.Until, q.Paused.Why))
	}
	if q.Denied != 0 {
		lines = append(lines, fmt.Sprintf("at %s the provider saw no usable key", market.Time(q.Denied)))
	}
	return lines
}
