# Tells each test of a Mix project as TAP, by its file and its name.
defmodule Rooftree.ExUnitReport do
  use GenServer

  def init(_options), do: {:ok, 0}

  def handle_cast({:suite_started, _options}, count) do
    IO.puts("\nTAP version 13")
    {:noreply, count}
  end

  def handle_cast({:test_finished, test}, count) do
    {mark, directive, told} = outcome(test)
    file = Path.relative_to(Map.get(test.tags, :file, ""), "/workspace")
    name = String.replace("#{file}::#{test.name}", ["\\", "#", "\n"], &escaped/1)
    # What a test has printed may not have ended its line.
    IO.puts("\n#{mark} #{count + 1} - #{name}#{directive}\n#{told}")
    {:noreply, count + 1}
  end

  def handle_cast(_event, count), do: {:noreply, count}

  defp outcome(%{state: nil}), do: {"ok", "", ""}

  defp outcome(%{state: {:failed, failures}} = test) do
    told = ExUnit.Formatter.format_test_failure(test, failures, 1, 80, fn _, text -> text end)
    {"not ok", "", told}
  end

  defp outcome(%{state: {:invalid, _}}), do: {"not ok", "", "setup_all failed"}
  defp outcome(_), do: {"ok", " # SKIP", ""}

  defp escaped("\n"), do: " "
  defp escaped(mark), do: "\\" <> mark
end
