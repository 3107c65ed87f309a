package main

// variable is an environment variable that gradus reads.
type variable struct{ name, what string }

// environment are all of them, as the manual and docs/configuration.md tell them.
var environment = []variable{
	{"GRADUS_HOME", "the folder that assets are kept in, in place of gradus in the folder for caches"},
	{configVariable, "the file of settings, where --config names none"},
	{"GRADUS_OFFLINE", "1: open no socket to fetch anything"},
	{"GRADUS_XLA_PLUGIN", "a PJRT plugin's file, in place of the pinned XLA plugin"},
	{"PJRT_PLUGIN_LIBRARY_PATH", "folders with PJRT plugins, in place of the pinned one"},
	{"GRADUS_LLM_API_KEY", "the API key of an LLM server"},
	{"OPENAI_API_KEY", "the same, where the one before is not set"},
	{tokenVariable, "the token that clients of gradus serve must show"},
	{"HF_TOKEN", "the token for the model hub"},
	{"HF_TOKEN_PATH", "the file with that token, where HF_TOKEN is not set"},
	{"HF_ENDPOINT", "the model hub's address"},
	{"HF_HUB_OFFLINE", "1: as GRADUS_OFFLINE"},
	{"HF_HUB_CACHE", "the folder of the model hub's cache"},
	{"HF_HOME", "the folder whose hub is that cache, where the one before is not set"},
	{"XDG_CACHE_HOME", "the folder for caches, in place of ~/.cache"},
	{"XDG_CONFIG_HOME", "the folder for settings, in place of ~/.config"},
	{"TMPDIR", "the folder for temporary files"},
	{"NO_COLOR", "heeded: gradus colours nothing"},
}
