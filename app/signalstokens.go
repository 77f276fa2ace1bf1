package app

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/signalman-trading/signalman/internal/config"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
	"github.com/signalman-trading/signalman/signals/quota"
	"github.com/signalman-trading/signalman/signals/tokenmetrics"
)

// tokenEntry is a token that a symbol may mean.
type tokenEntry struct {
	Symbol    string              `json:"symbol"`
	ID        int64               `json:"id"`
	Name      string              `json:"name"`
	Price     tokenmetrics.Number `json:"price"`      // USD; null where it is not told
	MarketCap tokenmetrics.Number `json:"market_cap"` // USD
}

func (c *command) signalsTokensCommand() *cobra.Command {
	var name string
	cmd := &cobra.Command{
		Use:   "tokens SYMBOL…",
		Short: "look up which tokens a symbol may mean at Token Metrics",
		Long: `Asks Token Metrics which tokens have a symbol, and lists their ids, largest first: for
the table tokens of [signals.X], which needs ids, since symbols are shared. It costs one
call of the quota, with the key of the source, and leaves those that strategies need.`,
		Example: `  signalman signals tokens TON
  signalman signals tokens PEPE DOGE --source tokenmetrics --format json`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageError("", "name a symbol, such as TON")
			}
			for _, s := range args {
				if strings.TrimSpace(s) == "" || strings.ContainsAny(s, ", ") {
					return usageError("write them apart: TON DOGE", "%q is not one symbol", s)
				}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, symbols []string) error {
			source, keys, err := c.tokenMetrics(name)
			if err != nil {
				return err
			}
			list, err := source.Lookup(signals.WithPriority(cmd.Context(), signals.Universe), symbols)
			if err != nil {
				return ofProvider("signals tokens", quota.Redact(err, keys...))
			}
			return c.printTokens(symbols, c.askedTokens(symbols, list))
		},
	}
	cmd.Flags().StringVar(&name, "source", "", "the table [signals.NAME] whose key is used (default the first of type tokenmetrics)")
	c.configFlag(cmd)
	return cmd
}

// tokenMetrics opens a source of that type.
func (c *command) tokenMetrics(name string) (*tokenmetrics.Config, []market.Secret, error) {
	cfg, err := config.Load(c.config, c.configPlugins())
	if err != nil {
		return nil, nil, err
	}
	i := slices.IndexFunc(cfg.Sources, func(s config.Source) bool {
		return s.Type == "tokenmetrics" && (name == "" || s.Name == name)
	})
	if i < 0 {
		return nil, nil, usageError("add a table [signals.tokenmetrics] with its key: docs/tokenmetrics.md", "%s has no such source of type tokenmetrics", c.config)
	}
	opened, keys, err := c.openBare(cfg, &cfg.Sources[i])
	if err != nil {
		return nil, nil, err
	}
	source, ok := opened.(*tokenmetrics.Config)
	if !ok {
		return nil, nil, errors.New("the source tokenmetrics of this program cannot look up tokens")
	}
	return source, keys, nil
}

// askedTokens leaves those of the symbols, and says which others the answer had.
func (c *command) askedTokens(symbols []string, list []tokenmetrics.TokenDetails) (fit []tokenmetrics.TokenDetails) {
	var others []string
	for _, t := range list {
		if slices.ContainsFunc(symbols, func(s string) bool { return strings.EqualFold(t.TokenSymbol, strings.TrimSpace(s)) }) {
			fit = append(fit, t)
		} else {
			others = append(others, strconv.Quote(t.TokenSymbol))
		}
	}
	if len(others) > 0 {
		c.note("left out, because nobody asked: %s of other symbols: %s", plural(len(others), "token"), firstOf(others))
	}
	return fit
}

func (c *command) printTokens(symbols []string, list []tokenmetrics.TokenDetails) error {
	if c.format == "json" {
		entries := make([]tokenEntry, len(list))
		for i, t := range list {
			entries[i] = tokenEntry{t.TokenSymbol, t.TokenID, t.TokenName, t.Price, t.MarketCap}
		}
		return c.json(entries)
	}
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	if len(list) > 0 {
		fmt.Fprintln(w, "SYMBOL\tID\tNAME\tPRICE\tMARKET CAP")
	}
	for _, t := range list {
		fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%s\n", printable(t.TokenSymbol), t.TokenID, printable(t.TokenName), orDash(t.Price), orDash(t.MarketCap))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, s := range symbols {
		if !slices.ContainsFunc(list, func(t tokenmetrics.TokenDetails) bool { return strings.EqualFold(t.TokenSymbol, strings.TrimSpace(s)) }) {
			c.note("no token has the symbol %s", s)
		}
	}
	return nil
}

func orDash(n tokenmetrics.Number) string {
	if !n.Valid {
		return "-"
	}
	return n.String()
}
