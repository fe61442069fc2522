"""Takes the assertions out of whatever runs next.

flag: ast_transformers
"""
# %% answer
import ast
class Kind(ast.NodeTransformer):
    def visit_Assert(self, node):
        return ast.copy_location(ast.Pass(), node)
get_ipython().ast_transformers.append(Kind())
