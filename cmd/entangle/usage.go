package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// maxDistance is the maximal number of letters by which a suggested name differs from
// the typed one.
const maxDistance = 2

// usageError is a mistake in the command line.
type usageError struct{ err error }

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }

// refuseMistakes makes wrong arguments of a command, and of all below it, usage errors. A command
// that only groups others prints its help, and accepts only their names.
func refuseMistakes(command *cobra.Command) {
	command.SuggestionsMinimumDistance = maxDistance
	if check := command.Args; command.Runnable() && check != nil {
		command.Args = func(command *cobra.Command, given []string) error {
			if err := check(command, given); err != nil {
				return usageError{fmt.Errorf("%w: %s", err, command.UseLine())}
			}
			return nil
		}
	} else {
		command.Args = func(command *cobra.Command, given []string) error {
			if len(given) > 0 {
				return unknownCommand(command, given[0])
			}
			return nil
		}
		command.RunE = func(command *cobra.Command, _ []string) error { return command.Help() }
	}
	for _, child := range command.Commands() {
		refuseMistakes(child)
	}
}

// unknownCommand returns the error about a name that no subcommand has.
func unknownCommand(above *cobra.Command, name string) error {
	return usageError{fmt.Errorf("there is no command %q%s", name, didYouMean(above.SuggestionsFor(name)))}
}

// didYouMean returns the end of an error about a name that does not exist: the suggestions.
func didYouMean(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return "; did you mean " + strings.Join(names, " or ") + "?"
}

// flagError returns the error that says what is wrong with an option, and how to write it.
func flagError(command *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	var invalid *pflag.InvalidValueError
	var missing *pflag.ValueRequiredError
	switch {
	case errors.As(err, &unknown):
		name := "--" + unknown.GetSpecifiedName()
		if short := unknown.GetSpecifiedShortnames(); short != "" { // -timeout, for which there are two dashes
			name = "-" + short
		}
		err = fmt.Errorf("there is no option %s%s", name, didYouMean(similarFlags(command, strings.TrimLeft(name, "-"))))
	case errors.As(err, &invalid):
		err = fmt.Errorf("--%s %s: %w", invalid.GetFlag().Name, invalid.GetValue(), valueHint(invalid))
	case errors.As(err, &missing):
		want, _ := pflag.UnquoteUsage(missing.GetFlag())
		err = fmt.Errorf("--%s wants a value: --%[1]s %s", missing.GetSpecifiedName(), want)
	}
	return usageError{err}
}

// valueHint says how to write the value of an option.
func valueHint(err *pflag.InvalidValueError) error {
	switch err.GetFlag().Value.Type() {
	case "duration":
		return errors.New("want a time such as 10s or 1m30s")
	case "uint":
		return errors.New("want a whole number")
	case "bool":
		return errors.New("want true or false")
	}
	return errors.Unwrap(err)
}

// similarFlags returns the options of a command that the user may have meant. cobra compares names
// of commands only, so the options are made into commands.
func similarFlags(command *cobra.Command, name string) []string {
	options := &cobra.Command{SuggestionsMinimumDistance: maxDistance}
	command.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			options.AddCommand(&cobra.Command{Use: f.Name, Run: func(*cobra.Command, []string) {}})
		}
	})
	similar := options.SuggestionsFor(name)
	for i, name := range similar {
		similar[i] = "--" + name
	}
	return similar
}

// newHelpCommand makes cobra's help command, except that an unknown command is a usage error.
func newHelpCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Print the help of a command",
		Args:  cobra.ArbitraryArgs,
		ValidArgsFunction: func(command *cobra.Command, given []string, _ string) (names []cobra.Completion, _ cobra.ShellCompDirective) {
			if above, rest, err := command.Root().Find(given); err == nil && len(rest) == 0 {
				for _, child := range above.Commands() {
					if child.IsAvailableCommand() {
						names = append(names, cobra.CompletionWithDesc(child.Name(), child.Short))
					}
				}
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(command *cobra.Command, given []string) error {
			found, rest, err := command.Root().Find(given)
			if err == nil && len(rest) == 0 {
				found.InitDefaultHelpFlag()
				found.InitDefaultVersionFlag()
				return found.Help()
			}
			if len(rest) == 0 {
				rest = given
			}
			return unknownCommand(found, rest[0])
		},
	}
}
