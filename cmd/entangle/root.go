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

// The exit statuses of every command; exitStatuses tells users of them.
const (
	exitDone        = 0   // it did what the user asked, or the user ended it while it served (Ctrl-C)
	exitFailed      = 1   // it failed: the error says why and what to do
	exitUsage       = 2   // the command line is wrong
	exitNotInTime   = 3   // the awaited event did not come within --timeout
	exitInterrupted = 130 // Ctrl-C came before it had done its work
)

// exitStatuses ends every help text.
const exitStatuses = `
Exit status: 0 done, 1 failed, 2 wrong usage, 3 not found in time, 130 interrupted before it was done.
`

// notInTimeError says which event did not come within --timeout.
type notInTimeError struct{ text string }

func (e notInTimeError) Error() string { return e.text }

// run executes one command line and returns the exit status. It ends when ctx does.
func run(ctx context.Context, args []string, in io.Reader, out, errOut io.Writer) int {
	root := newRootCommand()
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errOut)
	command, err := root.ExecuteContextC(ctx)
	var usage usageError
	var late notInTimeError
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		return exitInterrupted
	case errors.As(err, &usage):
		if command.Name() == "help" { // it is about another one
			command = root
		}
		fmt.Fprintf(errOut, "entangle: %v\nSee '%s --help'.\n", err, command.CommandPath())
		return exitUsage
	}
	fmt.Fprintf(errOut, "entangle: %v\n", err)
	if errors.As(err, &late) {
		return exitNotInTime
	}
	return exitFailed
}

// newRootCommand makes the command with all its subcommands. Each call makes a new one.
func newRootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "entangle",
		Short: "Message ports between programs, pages and machines",
		Long: `Entangle is the web's messaging (MessagePort, BroadcastChannel, connectTo) as a
system of its own. A hub joins pages and programs. The other commands talk to them from a
terminal, one JSON value a line, and run pages and scripts written for browsers.`,
		Example: `  entangle serve                         # a hub and the demo pages on this machine
  entangle listen chat                   # take connections by that name
  entangle connect chat                  # in another terminal: talk to it
  entangle broadcast auth '"log out"'    # reach everybody on a channel
  entangle run page.html                 # run a page here, without a browser`,
		Version:       version(),
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetVersionTemplate("{{.Name}} {{.Version}}\n")
	root.SetUsageTemplate(root.UsageTemplate() + exitStatuses)
	root.SetFlagErrorFunc(flagError)
	root.SetHelpCommand(newHelpCommand())
	root.AddCommand(newServeCommand(), newConnectCommand(), newListenCommand(), newBroadcastCommand(), newRunCommand(),
		newVersionCommand())
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	refuseMistakes(root)
	return root
}

func newVersionCommand() *cobra.Command {
	return &cobra.Command{
		Use:               "version",
		Short:             "Print the version, as --version does",
		Args:              cobra.ExactArgs(0),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(command *cobra.Command, _ []string) error {
			_, err := fmt.Fprintf(command.OutOrStdout(), "%s %s\n", command.Root().Name(), command.Root().Version)
			return err
		},
	}
}

// version returns the module's version, or else the commit that the program was built from.
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
