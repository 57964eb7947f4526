"""What the site is made of and how it looks; docs/build.py runs Sphinx with this."""

from functools import partial

import pages
from docutils.nodes import SkipNode
from latex2mathml.converter import convert

from course_utils import __version__
from tools.notebooks import BRANCH, REPOSITORY

project, author, version = "Convolution by Hand", "", __version__
extensions = ["myst_nb", "sphinx.ext.autodoc"]
default_role = "code"
nb_execution_mode = "off"
nb_merge_streams = True
nb_render_markdown_format = "gfm"
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3
# The exercises show code with gaps in it, which is no Python yet.
suppress_warnings = ["misc.highlighting_failure"]
autodoc_typehints = "signature"
add_module_names = False

html_theme = "sphinx_book_theme"
html_title = project
html_static_path = ["_static"]
html_css_files, html_js_files = ["explorer.css"], [("explorer.js", {"defer": ""})]
html_copy_source, html_sourcelink_suffix = True, ""
html_context = {"default_mode": "auto"}  # light or dark, as the reader's system is
html_show_copyright = html_show_sphinx = html_use_index = False
html_math_renderer = "mathml"
html_theme_options = {
    "repository_url": REPOSITORY,
    "repository_branch": BRANCH,
    "launch_buttons": {"colab_url": "https://colab.research.google.com"},
    "use_repository_button": True,
    "use_download_button": True,
    "show_toc_level": 2,
    "navbar_persistent": [],
}


def setup(app):
    """Add what Sphinx lacks: formulas that need no script, and our pages."""
    block = partial(formula, display="block")
    app.add_html_math_renderer("mathml", (formula, None), (block, None))
    pages.setup(app)


def formula(translator, node, display="inline"):
    translator.body.append(convert(node.astext(), display=display))
    raise SkipNode
