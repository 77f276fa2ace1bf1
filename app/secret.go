package app

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/signalman-trading/signalman/internal/config"
	"github.com/signalman-trading/signalman/internal/keyring"
	"github.com/signalman-trading/signalman/market"
)

func (c *command) secretCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "secret",
		Short: "seal keys in an encrypted file, and see whether all keys can be read",
		Long: `Keys lie in the environment, in files of mode 0600, among the credentials of systemd,
or in a file that age encrypted (https://age-encryption.org), which holds several as
lines NAME=value. The configuration says where; [secrets] says what opens sealed files.
No command shows a key, and none takes one as an argument.`,
		Example: `  signalman secret identity identity.txt          an identity that opens what is sealed for it
  signalman secret encrypt keys.age < keys.env    seal lines NAME=value
  signalman secret check                          can all keys of the configuration be read?`,
		Args: group,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(c.secretIdentityCommand(), c.secretEncryptCommand(), c.secretListCommand(), c.secretCheckCommand())
	return cmd
}

func (c *command) secretIdentityCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "identity FILE",
		Short: "make an identity in a new file",
		Long: `Makes an age identity in a new file of mode 0600, as age-keygen does, and prints the
public key that belongs to it: who has that can seal keys, but not read them. Keep a copy
of the file: what is sealed for it cannot be read without.`,
		Example: "  signalman secret identity identity.txt",
		Args:    exact(1, "the file of the identity"),
		RunE: func(_ *cobra.Command, args []string) error {
			recipient, err := keyring.NewIdentity(args[0])
			if errors.Is(err, fs.ErrExist) {
				return usageError("name another file", "%s is there: an identity is never written over another", args[0])
			}
			if err != nil {
				return &market.Error{Class: market.Failed, Err: err}
			}
			if c.format == "json" {
				return c.json(map[string]string{"file": args[0], "recipient": recipient})
			}
			_, err = fmt.Fprintf(c.out, "public key %s\n", recipient)
			return err
		},
	}
}

// sealing are the flags of secret encrypt.
type sealing struct {
	identity     string
	recipients   []string
	add, replace bool
}

func (c *command) secretEncryptCommand() *cobra.Command {
	var f sealing
	cmd := &cobra.Command{
		Use:   "encrypt FILE",
		Short: "seal lines NAME=value, read from the standard input",
		Long: `Reads lines NAME=value to their end and seals them in FILE, of mode 0600. On a terminal
what is typed is not shown; Ctrl-D ends it. A value in double quotes is a string in which
"\n" begins a line, as a private key needs. It is sealed for the recipients, or else for
the identity, or with the passphrase, of [secrets] in the configuration or of the flags.`,
		Example: `  signalman secret encrypt keys.age --identity identity.txt
  signalman secret encrypt keys.age --recipient age1… < keys.env
  signalman secret encrypt keys.age --add         beside the keys that it has`,
		Args: exact(1, "the encrypted file"),
		RunE: func(cmd *cobra.Command, args []string) error { return c.encrypt(cmd, args[0], f) },
	}
	c.configFlag(cmd)
	flags := cmd.Flags()
	flags.StringVar(&f.identity, "identity", "", "file of the identity to seal for, in the place of that of [secrets]")
	flags.StringArrayVar(&f.recipients, "recipient", nil, "public key age1… to seal for; may be repeated")
	flags.BoolVar(&f.add, "add", false, "keep the keys of FILE that have other names")
	flags.BoolVar(&f.replace, "replace", false, "write over FILE")
	return cmd
}

func (c *command) encrypt(cmd *cobra.Command, path string, f sealing) error {
	_, err := os.Stat(path)
	if there := !errors.Is(err, fs.ErrNotExist); there && !f.add && !f.replace {
		return usageError("give --add to keep its other keys, or --replace", "%s is there", path)
	} else if !there {
		f.add = false
	}
	opener, err := c.opener(f.identity, len(f.recipients) > 0 && !f.add)
	if err != nil {
		return err
	}
	var all keyring.Values
	if f.add {
		if all, err = opener.Open(path); err != nil {
			return openFailed(err)
		}
	}
	text, err := c.silently(cmd.Context(), cmd.InOrStdin())
	if err != nil {
		return err
	}
	values, err := keyring.Parse(text)
	if err != nil {
		return &market.Error{Class: market.Usage, Where: "standard input", Err: err}
	}
	all = all.With(values)
	if err := opener.Seal(path, all, f.recipients...); err != nil {
		return openFailed(err)
	}
	return c.printNames(path, all)
}

// opener returns what opens and seals: an identity that was named, or what the configuration
// says. None is needed to seal for others.
func (c *command) opener(identity string, forOthers bool) (o keyring.Opener, err error) {
	if identity != "" || forOthers {
		return keyring.Opener{Identity: identity}, nil
	}
	cfg, err := config.Load(c.config, c.configPlugins())
	if errors.Is(err, fs.ErrNotExist) {
		return o, openFailed(keyring.ErrNothing)
	}
	if err != nil {
		return o, err
	}
	return cfg.Opener(c.keys.getenv), nil
}

func openFailed(err error) error {
	e := &market.Error{Class: market.Usage, Err: err}
	if errors.Is(err, keyring.ErrNothing) {
		e.Hint = `give --identity FILE, made by 'signalman secret identity', or write [secrets] with identity = "FILE" or passphrase = { env = "NAME" }`
	}
	return e
}

func (c *command) printNames(path string, values keyring.Values) error {
	if c.format == "json" {
		return c.json(map[string]any{"file": path, "names": values.Names()})
	}
	for _, name := range values.Names() {
		if _, err := fmt.Fprintln(c.out, name); err != nil {
			return err
		}
	}
	return nil
}

func (c *command) secretListCommand() *cobra.Command {
	var identity string
	cmd := &cobra.Command{
		Use:     "list FILE",
		Short:   "list the names of the keys in an encrypted file",
		Long:    "Opens an encrypted file, and prints the names of its keys and nothing else of them.",
		Example: "  signalman secret list keys.age",
		Args:    exact(1, "the encrypted file"),
		RunE: func(_ *cobra.Command, args []string) error {
			opener, err := c.opener(identity, false)
			if err != nil {
				return err
			}
			values, err := opener.Open(args[0])
			if err != nil {
				return openFailed(err)
			}
			return c.printNames(args[0], values)
		},
	}
	c.configFlag(cmd)
	cmd.Flags().StringVar(&identity, "identity", "", "file of the identity that opens it, in the place of that of [secrets]")
	return cmd
}

// checkedSecret is what secret check says of one key.
type checkedSecret struct {
	For     string `json:"for"`
	Place   string `json:"place"`
	Problem string `json:"problem,omitzero"`
	Note    string `json:"note,omitzero"`
}

func (c *command) secretCheckCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "check",
		Short: "say of each key of the configuration whether it can be read",
		Long: `Looks up each key that the configuration names, and says where it lies and whether it
can be read; the key itself is not shown. With one that cannot be read it exits with 2.`,
		Example: "  signalman secret check\n  signalman secret check --config mine.toml --format json",
		Args:    exact(0, "no arguments"),
		RunE: func(*cobra.Command, []string) error {
			cfg, err := config.Load(c.config, c.configPlugins())
			if err != nil {
				return err
			}
			return c.printSecrets(c.checkSecrets(cfg))
		},
	}
	c.configFlag(cmd)
	return cmd
}

func (c *command) checkSecrets(cfg *config.Config) []checkedSecret {
	list := []checkedSecret{}
	for _, s := range cfg.Secrets() {
		one := checkedSecret{For: s.For, Place: s.Place()}
		if _, err := c.keys.read(s.Secret); err != nil {
			one.Problem = err.Error()
			if s.File != "" {
				one.Place = "file" // its name may be the key
			}
		} else if loose := keyring.Loose(s.File); s.File != "" && len(loose) > 0 {
			one.Note = fmt.Sprintf("its group may write to %s, and so put another file in its place", loose[0])
		}
		list = append(list, one)
	}
	return list
}

func (c *command) printSecrets(list []checkedSecret) error {
	if c.format == "json" {
		if err := c.json(list); err != nil {
			return err
		}
	} else if err := printSecretTable(c.out, list); err != nil {
		return err
	}
	if bad := slices.IndexFunc(list, func(s checkedSecret) bool { return s.Problem != "" }); bad >= 0 {
		return usageError("", "%s cannot be read: %s", list[bad].For, list[bad].Problem)
	}
	return nil
}

func printSecretTable(to io.Writer, list []checkedSecret) error {
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	for _, s := range list {
		state := "can be read"
		if s.Problem != "" {
			state = s.Problem
		}
		if s.Note != "" {
			state += "; " + s.Note
		}
		fmt.Fprintf(w, "%s\t%s\t%s\n", s.For, s.Place, state)
	}
	return w.Flush()
}
