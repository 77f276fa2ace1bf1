package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/signalman-trading/signalman/internal/config"
	"github.com/signalman-trading/signalman/live/control"
	"github.com/signalman-trading/signalman/market"
)

// reach is how a command finds the session that it is about.
type reach struct {
	*command
	socket    string // --socket
	address   string // --address
	tokenFile string // --token-file
}

const reachDoc = `

The session is found by its socket, control.sock in the directory of --data, or where
[daemon] of the configuration has it; with --address over TCP, with the token that is in
the variable SIGNALMAN_TOKEN, in --token-file, or where [daemon] says.`

// reaching makes a command that asks a session.
func (c *command) reaching(use, short, long, example string, run func(cmd *cobra.Command, r *reach, args []string) error) *cobra.Command {
	r := &reach{command: c}
	cmd := &cobra.Command{
		Use: use, Short: short, Long: long + reachDoc, Example: example,
		RunE: func(cmd *cobra.Command, args []string) error { return run(cmd, r, args) },
	}
	cmd.Args = exact(0, "no arguments")
	cmd.Flags().StringVar(&r.socket, "socket", "", "socket of the session")
	cmd.Flags().StringVar(&r.address, "address", "", "loopback host:port of the session, in place of its socket")
	cmd.Flags().StringVar(&r.tokenFile, "token-file", "", "file of the token for --address, of mode 0600")
	cmd.Flags().StringVar(&c.config, "config", "strategies.toml", "configuration whose [daemon] says where the session listens, if it is there")
	cmd.MarkFlagsMutuallyExclusive("socket", "address")
	return cmd
}

// open returns who asks the session, and its kill file. A configuration that cannot be read
// is no reason not to stop a session: it is said, and left out.
func (r *reach) open(cmd *cobra.Command) (*control.Client, controlPlace, error) {
	d, err := config.LoadDaemon(r.config)
	if err != nil && cmd.Flags().Changed("config") {
		return nil, controlPlace{}, err
	}
	if err != nil {
		r.note("left out: %v", err)
	}
	at, err := r.controlPlace(&d)
	if err != nil {
		return nil, at, err
	}
	if r.socket != "" {
		at.socket = r.socket
	}
	if r.address == "" {
		return control.SocketClient(at.socket), at, nil
	}
	token, err := r.token(d.Token)
	if err != nil {
		return nil, at, err
	}
	client, err := control.AddressClient(r.address, token)
	return client, at, err
}

// tokenVariable is the variable of the environment with the token for --address.
const tokenVariable = "SIGNALMAN_TOKEN"

// token looks for the token: in --token-file, in the environment, where [daemon] says.
func (r *reach) token(configured *config.Secret) (market.Secret, error) {
	s := configured
	switch {
	case r.tokenFile != "":
		s = &config.Secret{Key: "--token-file", File: r.tokenFile}
	case os.Getenv(tokenVariable) != "" || s == nil:
		s = &config.Secret{Key: tokenVariable, Env: tokenVariable}
	}
	token, err := s.Read(r.keys.getenv)
	if err != nil {
		return token, &market.Error{Class: market.Usage, Err: err, Hint: "--address needs a token: see --help"}
	}
	return token, nil
}

// show asks for a view, and prints it.
func show[V any](c *command, client *control.Client, ctx context.Context, path string, text func(V)) error {
	raw, err := client.Get(ctx, path)
	if err != nil {
		return err
	}
	return printed(c, raw, text)
}

// printed prints an answer as the server wrote it, or as text.
func printed[V any](c *command, raw json.RawMessage, text func(V)) error {
	if c.format == "json" {
		_, err := fmt.Fprintf(c.out, "%s\n", raw)
		return err
	}
	var v V
	if err := json.Unmarshal(raw, &v); err != nil {
		return &market.Error{Class: market.Venue, Err: fmt.Errorf("the session's answer is not understood: %w", err), Hint: "it may be of another version; use --format json"}
	}
	text(v)
	return nil
}

// sure asks for a word before something that is hard to take back.
func (r *reach) sure(cmd *cobra.Command, yes bool, word, what string) error {
	switch in := cmd.InOrStdin(); {
	case yes:
		return nil
	case !onTerminal(in) || !onTerminal(r.err):
		return usageError("add --yes", "%s would %s, and there is no terminal to ask on", word, what)
	default:
		fmt.Fprintf(r.err, "This will %s. Type %s to go on: ", what, word)
		if typed(cmd.Context(), in) != word {
			return errors.New("nothing was done")
		}
	}
	return nil
}
