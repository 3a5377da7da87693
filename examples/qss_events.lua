-- Load of signed QSS events for wrk (https://github.com/wg/wrk), from a file that
-- `backrow emulate --events events.tsv` has written:
--
--   wrk -t2 -c64 -d30s -s examples/qss_events.lua \
--       http://127.0.0.1:8000/webhooks/zoom -- events.tsv 2
--
-- The last argument is the number of threads: each sends its own part of the file,
-- from the beginning again when it is through (and every event is then a repeat).

local count = 0

function setup(thread)
  thread:set("id", count)
  count = count + 1
end

local requests, at = {}, 0

function init(args)
  local threads = tonumber(args[2]) or 1
  local number = 0
  for line in io.lines(args[1]) do
    if number % threads == id then
      local timestamp, signature, name, body =
        line:match("^([^\t]*)\t([^\t]*)\t([^\t]*)\t(.*)$")
      requests[#requests + 1] = wrk.format("POST", nil, {
        ["content-type"] = "application/json; charset=utf-8",
        ["x-zm-request-timestamp"] = timestamp,
        ["x-zm-signature"] = signature,
        ["x-zm-request-id"] = name,
      }, body)
    end
    number = number + 1
  end
end

function request()
  at = at % #requests + 1
  return requests[at]
end
