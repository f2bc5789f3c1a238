package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
)

// The exit codes of every command.
const (
	exitDone        = 0   // it did what was asked, or was told to end while it served (Ctrl-C)
	exitFailed      = 1   // it could not: the error says why and what to do
	exitUsage       = 2   // the command line is wrong
	exitInterrupted = 130 // Ctrl-C came before it had done its work
)

// usageError is a mistake in the command line.
type usageError struct{ err error }

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }

// run executes one command line and returns the exit code. It ends when ctx does.
func run(ctx context.Context, args []string, in io.Reader, out, errOut io.Writer) int {
	root := newRootCommand()
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errOut)
	command, err := root.ExecuteContextC(ctx)
	var usage usageError
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		return exitInterrupted
	case errors.As(err, &usage), isUnknownCommand(err):
		fmt.Fprintf(errOut, "entangle: %v\nSee '%s --help'.\n", err, command.CommandPath())
		return exitUsage
	default:
		fmt.Fprintf(errOut, "entangle: %v\n", err)
		return exitFailed
	}
}

// isUnknownCommand recognises the one mistake that cobra reports with no hook to wrap it.
func isUnknownCommand(err error) bool {
	return strings.HasPrefix(err.Error(), "unknown command")
}

// newRootCommand makes the command with all its subcommands. Each call makes a new one.
func newRootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "entangle",
		Short: "Message ports between programs, pages and machines",
		Long: `Entangle is the web's messaging (MessagePort, BroadcastChannel, connectTo) as a
system of its own. Its hub joins pages and programs; the other commands talk to
whatever is behind a hub from a terminal, one JSON value a line, and run what was written
for browsers.`,
		Example: `  entangle serve                         # a hub and the demo pages on this machine
  entangle listen chat                   # take connections by that name
  entangle connect chat                  # in another terminal: talk to it
  entangle broadcast auth '"log out"'    # reach everybody on a channel
  entangle run page.html                 # run a page here, without a browser`,
		Version:       version(),
		Args:          cobra.NoArgs,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE:          func(command *cobra.Command, _ []string) error { return command.Help() },
	}
	root.SetVersionTemplate("{{.Name}} {{.Version}}\n")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.AddCommand(newServeCommand(), newConnectCommand(), newListenCommand(), newBroadcastCommand(), newRunCommand())
	return root
}

// args makes a mistake in the number of arguments a usageError that repeats the usage line.
func args(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(command *cobra.Command, given []string) error {
		if err := check(command, given); err != nil {
			return usageError{fmt.Errorf("%w: %s", err, command.UseLine())}
		}
		return nil
	}
}

// version tells what the program was built from: the module's version, or the commit.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "(unknown)"
	}
	v := info.Main.Version
	if v == "" {
		v = "(devel)"
	}
	commit, modified := "", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			commit = s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			modified = ", modified"
		}
	}
	if len(commit) > 12 {
		commit = commit[:12]
	}
	if commit != "" && !strings.Contains(v, commit) {
		v += " (" + commit + modified + ")"
	}
	return v + " " + info.GoVersion
}
