from mlsdlib.edge._browser import browser_page
from mlsdlib.edge._runtimes import find_node, time_runtimes
