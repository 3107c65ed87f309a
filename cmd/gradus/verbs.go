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
		newMineCommand(std),
		newTrainCommand(std),
		newEncodeCommand(std),
		newIndexCommand(std),
		newSearchCommand(std),
		newStoreCommand(std),
		newEvaluateCommand(std),
		newCompareCommand(std),
		newRunCommand(std),
		newReportCommand(std),
		newServeCommand(std),
		newImportCommand(std),
		newExportCommand(std),
		newUploadCommand(std),
		newLLMCommand(std),
		newCompletionCommand(std),
		newManCommand(std),
	}
}
