package main

import "github.com/spf13/cobra"

// verbs are the commands in the order a first experiment uses them.
func verbs(std streams) []*cobra.Command {
	return []*cobra.Command{
		newDemoCommand(std),
		newSetupCommand(std),
		newDoctorCommand(std),
		newGenerateCommand(std),
		newJudgeCommand(std),
		newTrainCommand(std),
		newEncodeCommand(std),
		newSearchCommand(std),
		newEvaluateCommand(std),
		newCompareCommand(std),
		newLLMCommand(std),
	}
}
